// The built-in facts, out of the profile.
#include <algorithm>
#include <array>
#include <cmath>

#include "rules/moment.h"

namespace vinkki::rules {
namespace {

constexpr double kAttention = 5'000;  // ms: the most that a gap counts in `dwell`

Operand OfText(std::string_view text) { return text.data() ? Operand::Of(text) : Operand(); }

Operand Growing(Millis since, Millis at) {
  return Operand::Duration(static_cast<double>(at - since), 1);
}

Operand ReadSession(Moment* moment, Fact fact) {
  const State& state = moment->state;
  if (!state.InSession(moment->at)) return {};
  moment->gone_at = std::min(moment->gone_at, state.SessionEnd());
  if (fact == Fact::kSessionPages) return Operand::Of(static_cast<double>(state.profile.pages));
  return Growing(state.profile.session_at, moment->at);
}

Operand ReadDwell(Moment* moment) {
  const Profile& profile = moment->state.profile;
  if (profile.dwell_at == kNoTime) return {};
  const double sum = static_cast<double>(profile.dwell_sum);
  const double gap = static_cast<double>(moment->at - profile.dwell_at);
  if (gap >= kAttention) return Operand::Duration(sum + kAttention, 0);
  Operand dwell = Operand::Duration(sum + gap, 1);
  dwell.stops_at = profile.dwell_at + static_cast<Millis>(kAttention);
  return dwell;
}

Operand ReadVisitor(const Profile& profile, Fact fact) {
  if (fact == Fact::kIdentity) return Operand::Of(NameOf(profile.identity));
  if (profile.consent == ConsentFact::kMissing) return {};
  return Operand::Of(NameOf(profile.consent));
}

}  // namespace

std::string_view NameOf(Identity identity) {
  static constexpr std::array<std::string_view, 3> kNames = {"anonymous", "known", "strong"};
  return kNames[static_cast<size_t>(identity)];
}

std::string_view NameOf(ConsentFact consent) {
  static constexpr std::array<std::string_view, 4> kNames = {"", "off", "cookieless", "full"};
  return kNames[static_cast<size_t>(consent)];
}

std::string_view ReadText(Moment* moment, Fact fact) {
  const State& state = moment->state;
  switch (fact) {
    case Fact::kPageUrl: return state.text(Text::kPageUrl);
    case Fact::kPagePath: return state.path();
    case Fact::kPageType: return state.text(Text::kPageType);
    case Fact::kPageTitle: return state.text(Text::kPageTitle);
    default: break;
  }
  if (!state.InSession(moment->at)) return {};
  moment->gone_at = std::min(moment->gone_at, state.SessionEnd());
  switch (fact) {
    case Fact::kSessionReferrer: return state.text(Text::kReferrer);
    case Fact::kSessionEntry: return state.text(Text::kEntry);
    case Fact::kSessionCampaign: return state.text(Text::kCampaign);
    case Fact::kSessionDevice: return state.text(Text::kDevice);
    default: return state.text(Text::kLanguage);
  }
}

double ReadNumber(const Profile& profile, Fact fact) {
  switch (fact) {
    case Fact::kCartValue: return FromMillionths(profile.cart_value());
    case Fact::kCartItems: return profile.cart_pieces;
    case Fact::kVisits: return profile.visits;
    default: return profile.purchases;
  }
}

Operand ReadFact(Moment* moment, Fact fact) {
  const State& state = moment->state;
  const Profile& profile = state.profile;
  switch (fact) {
    case Fact::kPageUrl:
    case Fact::kPagePath:
    case Fact::kPageType:
    case Fact::kPageTitle:
    case Fact::kSessionReferrer:
    case Fact::kSessionEntry:
    case Fact::kSessionCampaign:
    case Fact::kSessionDevice:
    case Fact::kSessionLanguage: return OfText(ReadText(moment, fact));
    case Fact::kCartValue:
    case Fact::kCartItems:
    case Fact::kVisits:
    case Fact::kPurchases: return Operand::Of(ReadNumber(profile, fact));
    case Fact::kCartAge:
      return profile.cart_at == kNoTime ? Operand() : Growing(profile.cart_at, moment->at);
    case Fact::kPotential:
      return std::isnan(moment->potential) ? Operand() : Operand::Of(moment->potential);
    case Fact::kIdle:
      return profile.sign_at == kNoTime ? Operand() : Growing(profile.sign_at, moment->at);
    case Fact::kDwell: return ReadDwell(moment);
    case Fact::kIdentity:
    case Fact::kConsent: return ReadVisitor(profile, fact);
    default: return ReadSession(moment, fact);
  }
}

namespace {

constexpr bool EndsPath(char c) { return c == '?' || c == '#'; }
constexpr bool EndsHost(char c) { return c == '/' || EndsPath(c); }

}  // namespace

std::string_view PathOf(std::string_view url) {
  const auto find = [url](size_t from, auto ends) {
    while (from < url.size() && !ends(url[from])) ++from;
    return from;
  };
  size_t at = 0;
  const size_t colon = find(0, [](char c) { return c == ':' || EndsHost(c); });
  if (colon > 0 && url.substr(colon).starts_with("://")) {
    at = find(colon + 3, EndsHost);
  } else if (url.starts_with("//")) {
    at = find(2, EndsHost);
  }
  const std::string_view path = url.substr(at, find(at, EndsPath) - at);
  return path.empty() ? std::string_view("/") : path;
}

namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// As forms encode: + is a space, %XX a byte; what is no escape stands for itself.
void Decode(std::string_view text, std::string* out) {
  out->clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
        HexDigit(text[i + 2]) >= 0) {
      out->push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])));
      i += 2;
    } else {
      out->push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
}

}  // namespace

bool CampaignOf(std::string_view url, std::string* out) {
  url = url.substr(0, url.find('#'));
  const size_t mark = url.find('?');
  if (mark == std::string_view::npos) return false;
  std::string_view query = url.substr(mark + 1);
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    const size_t equals = part.find('=');
    if (part.substr(0, equals) != "utm_campaign") continue;
    Decode(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), out);
    return !out->empty();
  }
  return false;
}

}  // namespace vinkki::rules
