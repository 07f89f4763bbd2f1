// The profile: what every visitor has, whatever the rules ask (rules.md, Facts).
#include <algorithm>

#include "rules/cart.h"
#include "rules/remember.h"

namespace vinkki::rules {
namespace {

constexpr Millis kAttention = 5'000;  // the most that a gap counts in `dwell`

void Touch(const Code& code, Group group, Workspace* work) { work->Touch(code.TouchOf(group)); }

void BeginSession(const Code& code, Millis at, Workspace* work, State* state) {
  Profile& profile = state->profile;
  ++profile.visits;
  profile.session_at = at;
  profile.pages = 0;
  profile.has_entry = false;
  profile.conversation = false;
  for (const Text text :
       {Text::kReferrer, Text::kDevice, Text::kLanguage, Text::kEntry, Text::kCampaign}) {
    state->DropText(text);
  }
  for (const Group group : {Group::kSessionBegin, Group::kVisits}) Touch(code, group, work);
  TouchEdgesOfNumber(code, Fact::kVisits, profile.visits - 1, profile.visits, work);
}

void NoteLife(const Code& code, Millis at, Workspace* work, Profile* profile) {
  if (profile->dwell_at != kNoTime) {
    profile->dwell_sum += std::min(at - profile->dwell_at, kAttention);
    profile->dwell_at = at;
    Touch(code, Group::kDwell, work);
    TouchEdgesOfDwell(code, profile->dwell_sum, profile->dwell_sum + kAttention, work);
  }
  if (profile->sign_at == kNoTime) Touch(code, Group::kIdleBegins, work);
  profile->sign_at = at;
  Touch(code, Group::kIdle, work);
}

struct PageText {
  std::string_view property;
  Text text;
  Fact fact;
};

void SetPageTexts(const Code& code, const EventView& event, Workspace* work, State* state) {
  static constexpr PageText kTexts[] = {{"url", Text::kPageUrl, Fact::kPageUrl},
                                        {"title", Text::kPageTitle, Fact::kPageTitle},
                                        {"type", Text::kPageType, Fact::kPageType}};
  for (const PageText& row : kTexts) {
    const Value value = event.Own(row.property);
    if (!value.is_text()) {
      state->DropText(row.text);
      continue;
    }
    const std::string_view before = state->text(row.text);
    TouchEdgesOfText(code, row.fact, before, value.text, work);
    if (row.fact == Fact::kPageUrl) {
      TouchEdgesOfText(code, Fact::kPagePath, state->path(), PathOf(value.text), work);
    }
    state->SetText(row.text, value.text);
  }
}

void SetSessionText(const Code& code, Text text, Fact fact, std::string_view value, Workspace* work,
                    State* state) {
  state->SetText(text, value);
  TouchEdgesOfText(code, fact, {}, value, work);
  Touch(code, Group::kSessionTexts, work);
}

// Each of the first page_view of the session that has it.
void KeepFirst(const Code& code, const EventView& event, Workspace* work, State* state) {
  static constexpr PageText kTexts[] = {{"referrer", Text::kReferrer, Fact::kSessionReferrer},
                                        {"device", Text::kDevice, Fact::kSessionDevice},
                                        {"language", Text::kLanguage, Fact::kSessionLanguage}};
  for (const PageText& row : kTexts) {
    if (state->text(row.text).data()) continue;
    const Value value = event.Own(row.property);
    if (value.is_text()) SetSessionText(code, row.text, row.fact, value.text, work, state);
  }
  const Value url = event.Own("url");
  if (state->profile.has_entry || !url.is_text()) return;
  state->profile.has_entry = true;
  SetSessionText(code, Text::kEntry, Fact::kSessionEntry, PathOf(url.text), work, state);
  if (!CampaignOf(url.text, &work->text)) return;
  SetSessionText(code, Text::kCampaign, Fact::kSessionCampaign, work->text, work, state);
}

void ViewPage(const Code& code, const EventView& event, Workspace* work, State* state) {
  Profile& profile = state->profile;
  ++profile.page_views;
  ++profile.pages;
  profile.dwell_at = event.at;
  profile.dwell_sum = 0;
  TouchEdgesOfDwell(code, 0, kAttention, work);
  SetPageTexts(code, event, work, state);
  KeepFirst(code, event, work, state);
  TouchEdgesOfNumber(code, Fact::kSessionPages, profile.pages - 1, profile.pages, work);
  for (const Group group :
       {Group::kPage, Group::kSessionPages, Group::kDwell, Group::kPageWindow}) {
    Touch(code, group, work);
  }
}

void Identify(const Code& code, Workspace* work, State* state) {
  const EventView& event = work->properties.event();
  const Value identity = event.Own("identity");
  Identity to = Identity::kKnown;
  if (identity.is_text() && identity.text == "anonymous") to = Identity::kAnonymous;
  if (identity.is_text() && identity.text == "strong") to = Identity::kStrong;
  state->profile.identity = to;
  Touch(code, Group::kIdentity, work);
  TouchEdgesOfText(code, Fact::kIdentity, {}, NameOf(to), work);
  for (const auto& [property, source] : code.visitor_properties) {
    const std::string& name = code.properties.Name(property);
    const Value value = name == "identity" ? Value::Missing() : event.Own(name);
    if (value.missing()) continue;
    SetProperty(code, source, value, state);
    work->Touch(source);
  }
}

void NoteConsent(const Code& code, Workspace* work, State* state) {
  const Value mode = work->properties.event().Own("mode");
  if (!mode.is_text()) return;
  ConsentFact to = state->profile.consent;
  if (mode.text == "off") to = ConsentFact::kOff;
  if (mode.text == "cookieless") to = ConsentFact::kCookieless;
  if (mode.text == "full") to = ConsentFact::kFull;
  state->profile.consent = to;
  Touch(code, Group::kConsent, work);
  TouchEdgesOfText(code, Fact::kConsent, {}, NameOf(to), work);
}

void Purchase(const Code& code, Workspace* work, Profile* profile) {
  const Value id = work->properties.event().Own("transaction_id");
  const bool again =
      !id.missing() && profile->has_transaction && profile->transaction == HashOf(id);
  if (!again) {
    ++profile->purchases;
    TouchEdgesOfNumber(code, Fact::kPurchases, profile->purchases - 1, profile->purchases, work);
  }
  profile->has_transaction = !id.missing();
  profile->transaction = HashOf(id);
  Touch(code, Group::kPurchases, work);
}

// What closes an offer, and conversations (rules.md 18).
void Engage(BuiltIn what, Millis at, Profile* profile) {
  switch (what) {
    case BuiltIn::kConversationStarted: profile->conversation = true; return;
    case BuiltIn::kConversationEnded: profile->conversation = false; return;
    case BuiltIn::kOfferAccepted: profile->conversation = true; break;
    case BuiltIn::kOfferDeclined: profile->declined_at = at; break;
    case BuiltIn::kOfferOther: break;
    default: return;
  }
  profile->offer_until = kNoTime;
}

void MoveCart(const Code& code, BuiltIn what, Workspace* work, Profile* profile) {
  const double value = FromMillionths(profile->cart_value());
  const double pieces = profile->cart_pieces;
  UpdateCart(what, work->properties.event(), profile);
  Touch(code, Group::kCart, work);
  TouchEdgesOfNumber(code, Fact::kCartValue, value, FromMillionths(profile->cart_value()), work);
  TouchEdgesOfNumber(code, Fact::kCartItems, pieces, profile->cart_pieces, work);
}

void ApplyBuiltIn(const Code& code, BuiltIn what, Workspace* work, State* state) {
  const EventView& event = work->properties.event();
  switch (what) {
    case BuiltIn::kNone: return;
    case BuiltIn::kPageView: ViewPage(code, event, work, state); return;
    case BuiltIn::kIdentify: Identify(code, work, state); return;
    case BuiltIn::kConsent: NoteConsent(code, work, state); return;
    case BuiltIn::kPurchase: Purchase(code, work, &state->profile); [[fallthrough]];
    case BuiltIn::kAddToCart:
    case BuiltIn::kRemoveFromCart:
    case BuiltIn::kViewCart:
    case BuiltIn::kBeginCheckout: MoveCart(code, what, work, &state->profile); return;
    default: Engage(what, event.at, &state->profile);
  }
}

}  // namespace

void UpdateProfile(const Code& code, const EventPlan& plan, Workspace* work, State* state) {
  const EventView& event = work->properties.event();
  Profile& profile = state->profile;
  if (profile.events == 0) profile.first_at = event.at;
  ++profile.events;
  if (!state->InSession(event.at)) BeginSession(code, event.at, work, state);
  profile.last_at = event.at;
  if (!plan.background) ++profile.foreground;
  const bool life = plan.sign_of_life && !event.via_server &&
                    !(plan.name.empty() && event.name.starts_with("conversation_"));
  if (life) NoteLife(code, event.at, work, &profile);
  ApplyBuiltIn(code, plan.built_in, work, state);
  Touch(code, Group::kEvent, work);
  Touch(code, Group::kPotential, work);
}

}  // namespace vinkki::rules
