// The profile: what every visitor has, whatever the rules ask (rules.md, Facts).
#include <algorithm>

#include "rules/cart.h"
#include "rules/remember.h"

namespace vinkki::rules {
namespace {

constexpr Millis kAttention = 5'000;  // the most that a gap counts in `dwell`

void Touch(const Code& code, Group group, Workspace* work) {
  work->touched.Add(code.rules_of_group[static_cast<size_t>(group)]);
}

void BeginSession(const Code& code, Millis at, Workspace* work, State* state) {
  Profile& profile = state->profile;
  ++profile.visits;
  profile.session_at = at;
  profile.pages = 0;
  profile.has_entry = false;
  profile.conversation = false;
  for (const Text text : {Text::kReferrer, Text::kDevice, Text::kLanguage, Text::kEntry,
                          Text::kCampaign}) {
    state->DropText(text);
  }
  Touch(code, Group::kSession, work);
  Touch(code, Group::kVisits, work);
}

void NoteLife(const Code& code, Millis at, Workspace* work, Profile* profile) {
  if (profile->dwell_at != kNoTime) {
    profile->dwell_sum += std::min(at - profile->dwell_at, kAttention);
    profile->dwell_at = at;
    Touch(code, Group::kDwell, work);
  }
  profile->sign_at = at;
  Touch(code, Group::kIdle, work);
}

void SetPageText(const EventView& event, std::string_view name, Text which, State* state) {
  const Value value = event.Own(name);
  if (value.is_text()) {
    state->SetText(which, value.text);
  } else {
    state->DropText(which);
  }
}

// The first page_view of the session that has it.
void KeepFirst(const EventView& event, std::string_view name, Text which, State* state) {
  if (state->text(which).data()) return;
  const Value value = event.Own(name);
  if (value.is_text()) state->SetText(which, value.text);
}

void ViewPage(const Code& code, const EventView& event, Workspace* work, State* state) {
  Profile& profile = state->profile;
  ++profile.page_views;
  ++profile.pages;
  profile.dwell_at = event.at;
  profile.dwell_sum = 0;
  SetPageText(event, "url", Text::kPageUrl, state);
  SetPageText(event, "title", Text::kPageTitle, state);
  SetPageText(event, "type", Text::kPageType, state);
  KeepFirst(event, "referrer", Text::kReferrer, state);
  KeepFirst(event, "device", Text::kDevice, state);
  KeepFirst(event, "language", Text::kLanguage, state);
  const Value url = event.Own("url");
  if (!profile.has_entry && url.is_text()) {
    profile.has_entry = true;
    state->SetText(Text::kEntry, PathOf(url.text));
    if (CampaignOf(url.text, &work->text)) state->SetText(Text::kCampaign, work->text);
  }
  for (const Group group : {Group::kPage, Group::kSession, Group::kDwell, Group::kPageWindow}) {
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
  for (const auto& [property, source] : code.visitor_properties) {
    const std::string& name = code.properties.Name(property);
    const Value value = name == "identity" ? Value::Missing() : event.Own(name);
    if (value.missing()) continue;
    SetProperty(code, source, value, state);
    work->touched.Add(code.rules_of_source[source]);
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
}

void Purchase(const Code& code, Workspace* work, Profile* profile) {
  const Value id = work->properties.event().Own("transaction_id");
  const bool again =
      !id.missing() && profile->has_transaction && profile->transaction == HashOf(id);
  if (!again) ++profile->purchases;
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
    case BuiltIn::kBeginCheckout:
      UpdateCart(what, event, &state->profile);
      Touch(code, Group::kCart, work);
      return;
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
