#include "engine/offer_words.h"

#include <doctest/doctest.h>

#include "tests/engine/engine_fixture.h"

namespace vinkki::engine {
namespace {

using rules::Channel;

TEST_CASE("the table stands in the order that it is searched in, and no word is missing") {
  std::string_view last;
  for (const OfferWords& words : AllOfferWords()) {
    CAPTURE(words.language);
    CHECK(last < words.language);
    last = words.language;
    for (const std::string_view word : {words.chat, words.voice, words.video, words.screenshare,
                                        words.bot, words.no, words.close}) {
      CHECK(!word.empty());
      CHECK(word.size() <= 64);
    }
    CHECK(&OfferWordsOf(words.language) == &words);
  }
}

TEST_CASE("a language is found as it is, without its region, or is English") {
  struct Case {
    const char *language, *found;
  };
  for (const Case& c : {Case{"fi", "fi"},
                        {"pt", "pt"},
                        {"pt-BR", "pt-br"},
                        {"pt-PT", "pt"},
                        {"de-AT", "de"},
                        {"DE", "de"},
                        {"no", "no"},
                        {"nb-NO", "nb"},
                        {"zh-Hant-TW", "en"},
                        {"ja", "en"},
                        {"fil", "en"},
                        {"a", "en"},
                        {"", "en"}}) {
    CAPTURE(c.language);
    CHECK(OfferWordsOf(c.language).language == c.found);
  }
}

std::string LabelsOf(std::vector<Channel> channels, std::map<std::string, std::string> message) {
  JsonWriter w;
  WriteLabels(&w, channels, message);
  return w.Take();
}

TEST_CASE("labels: the message's languages, the offer's channels") {
  CHECK(LabelsOf({Channel::kVoice, Channel::kChat}, {{"fi", "Hei"}, {"de-AT", "Hallo"}}) ==
        R"({"de-AT":{"voice":"Anruf","chat":"Chat","no":"Nein danke","close":"Schließen"},)"
        R"("fi":{"voice":"Puhelu","chat":"Chat","no":"Ei kiitos","close":"Sulje"}})");
  CHECK(LabelsOf({Channel::kBot}, {{"ja", "..."}}) ==
        R"({"ja":{"bot":"Ask the assistant","no":"No thanks","close":"Close"}})");
  CHECK(
      LabelsOf({Channel::kVideo, Channel::kScreenshare}, {}) ==
      R"({"en":{"video":"Video","screenshare":"Share screen","no":"No thanks","close":"Close"}})");
}

TEST_CASE("the page's form has labels, the trigger for other systems has none") {
  TestEngine test(RuleText("three", "count(form_error, 2m) >= 3"));
  for (int i = 0; i < 3; ++i) test.SendOne("v", {kNoon, "form_error"});
  const auto page = test.Offers(1);
  REQUIRE(page.size() == 1);
  const std::string& json = page[0].payload;
  CAPTURE(json);
  CHECK(json.ends_with(R"(},"labels":{"en":{"chat":"Chat","no":"No thanks","close":"Close"},)"
                       R"("fi":{"chat":"Chat","no":"Ei kiitos","close":"Sulje"}}})"));
  const auto kafka = test.Offers(1, kSinkKafka);
  REQUIRE(kafka.size() == 1);
  CHECK(kafka[0].payload.find("labels") == std::string::npos);
}

}  // namespace
}  // namespace vinkki::engine
