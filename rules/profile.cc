// The profile: what every visitor has, whatever the rules ask (rules.md, Facts).
#include <algorithm>
#include <array>

#include "rules/cart.h"
#include "rules/remember.h"

namespace vinkki::rules {
namespace {

constexpr Millis kAttention = 5'000;  // the most that a gap counts in `dwell`

void Touch(const Code& code, Group group, Workspace* work) {
  TouchWhatMatters(code, code.TouchOf(group), work);
}

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
constexpr size_t kPageTexts = 3;  // of the page; those behind are of the session
constexpr std::array<PageText, 6> kTexts = {
    {{"url", Text::kPageUrl, Fact::kPageUrl},
     {"title", Text::kPageTitle, Fact::kPageTitle},
     {"type", Text::kPageType, Fact::kPageType},
     {"referrer", Text::kReferrer, Fact::kSessionReferrer},
     {"device", Text::kDevice, Fact::kSessionDevice},
     {"language", Text::kLanguage, Fact::kSessionLanguage}}};
// What a page_view says, by kTexts; data() is null where it says nothing.
using PageView = std::array<std::string_view, kTexts.size()>;

PageView TextsOf(const EventView& event) {
  PageView texts;
  std::array<bool, kTexts.size()> seen = {};
  PropReader props = event.props();
  std::string_view key;
  for (Value value; props.Next(&key, &value);) {
    for (size_t i = 0; i < kTexts.size(); ++i) {
      if (key != kTexts[i].property || seen[i]) continue;
      seen[i] = true;
      if (value.is_text()) texts[i] = value.text.data() ? value.text : std::string_view("");
    }
  }
  return texts;
}

void SetPageTexts(const Code& code, const PageView& view, std::string_view path, Workspace* work,
                  State* state) {
  for (size_t i = 0; i < kPageTexts; ++i) {
    const PageText& row = kTexts[i];
    if (!view[i].data()) {
      state->DropText(row.text);
      continue;
    }
    TouchEdgesOfText(code, row.fact, state->text(row.text), view[i], work);
    if (row.text != Text::kPageUrl) {
      state->SetText(row.text, view[i]);
      continue;
    }
    TouchEdgesOfText(code, Fact::kPagePath, state->path(), path, work);
    state->SetUrl(view[i], path);
  }
}

void SetSessionText(const Code& code, Text text, Fact fact, std::string_view value, Workspace* work,
                    State* state) {
  state->SetText(text, value);
  TouchEdgesOfText(code, fact, {}, value, work);
  Touch(code, Group::kSessionTexts, work);
}

// Each of the first page_view of the session that has it.
void KeepFirst(const Code& code, const PageView& view, std::string_view path, Workspace* work,
               State* state) {
  for (size_t i = kPageTexts; i < kTexts.size(); ++i) {
    if (!view[i].data() || state->text(kTexts[i].text).data()) continue;
    SetSessionText(code, kTexts[i].text, kTexts[i].fact, view[i], work, state);
  }
  const std::string_view url = view[0];
  if (state->profile.has_entry || !url.data()) return;
  state->profile.has_entry = true;
  SetSessionText(code, Text::kEntry, Fact::kSessionEntry, path, work, state);
  if (!CampaignOf(url, &work->text)) return;
  SetSessionText(code, Text::kCampaign, Fact::kSessionCampaign, work->text, work, state);
}

void ViewPage(const Code& code, const EventView& event, Workspace* work, State* state) {
  Profile& profile = state->profile;
  ++profile.page_views;
  ++profile.pages;
  profile.dwell_at = event.at;
  profile.dwell_sum = 0;
  TouchEdgesOfDwell(code, 0, kAttention, work);
  const PageView view = TextsOf(event);
  const std::string_view path = view[0].data() ? PathOf(view[0]) : std::string_view();
  SetPageTexts(code, view, path, work, state);
  KeepFirst(code, view, path, work, state);
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
    TouchWhatMatters(code, source, work);
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
