// PUT and GET of rules, with a keeper of rules in memory.

#include "console/rules_api.h"

#include <doctest/doctest.h>

#include "console/etag.h"

namespace vinkki::console {
namespace {

std::string Rule(const std::string& name, const std::string& when) {
  return "  - name: " + name + "\n    when: " + when +
         "\n    offer: { channels: [chat], queue: q, message: { en: Hello } }\n";
}
std::string File(const std::string& rules) { return "version: 1\nrules:\n" + rules; }

class Kept final : public RulesInForce {
 public:
  std::shared_ptr<const rules::Program> Get() const override { return program_; }
  RulesSource Source() const override { return {"folder", "/rules", why_not}; }
  std::string Tag() const override { return "\"" + std::to_string(puts_) + "\""; }
  RulesAnswer Put(std::vector<rules::SourceFile> files, bool whole, bool dry_run,
                  std::string_view if_match) override {
    RulesAnswer answer;
    answer.tag = Tag();
    answer.before = program_;
    answer.changed = !if_match.empty() && !IfMatchPasses(if_match, Tag());
    if (answer.changed) {
      answer.status = Status::Conflict("not yours");
      return answer;
    }
    asked = std::string(whole ? "whole" : "one") + (dry_run ? " dry" : "");
    for (const auto& file : files) asked += " " + file.path;
    if (!why_not.empty()) {
      answer.status = Status::Conflict(why_not);
      return answer;
    }
    rules::LoadResult loaded = rules::Load(std::move(files));
    answer.diagnostics = rules::FormatJson(loaded.set, loaded.diagnostics);
    if (!loaded.program) {
      answer.status = Status::Invalid("1 error");
      return answer;
    }
    answer.after = loaded.program;
    if (!dry_run) program_ = loaded.program;
    if (!dry_run) ++puts_;
    answer.tag = Tag();
    return answer;
  }

  std::string why_not, asked;

 private:
  std::shared_ptr<const rules::Program> program_;
  int puts_ = 0;
};

RulesReply PutYaml(Kept* kept, const std::string& body, const std::optional<std::string>& file = {},
                   bool dry_run = false) {
  return PutRules(kept, {"application/yaml; charset=utf-8", file, dry_run, body});
}

}  // namespace

TEST_CASE("the answer tells what changed, by rule and version") {
  Kept kept;
  const std::string a1 = Rule("a", "count(x, 1m) >= 1");
  const std::string a2 = Rule("a", "count(x, 1m) >= 2");
  const std::string b = Rule("b", "count(y, 1m) >= 1");
  const std::string c = Rule("c", "count(z, 1m) >= 1");
  REQUIRE(PutYaml(&kept, File(a1 + b)).status == 200);
  const std::string set1 = kept.Get()->version();
  const std::string version_a1 = kept.Get()->rules()[0].version;
  const std::string version_b = kept.Get()->rules()[1].version;

  const RulesReply dry = PutYaml(&kept, File(a2 + c), {}, true);
  CHECK(kept.asked == "whole dry rules.yml");
  CHECK(kept.Get()->version() == set1);
  const RulesReply put = PutYaml(&kept, "# the same\n" + File(a2 + c));
  const std::string version_a2 = kept.Get()->rules()[0].version;
  const std::string rest =
      R"("before":")" + set1 + R"(","version":")" + kept.Get()->version() +
      R"(","added":[{"name":"c","version":")" + kept.Get()->rules()[1].version +
      R"("}],"changed":[{"name":"a","before":")" + version_a1 + R"(","version":")" + version_a2 +
      R"("}],"removed":[{"name":"b","version":")" + version_b +
      R"("}],"unchanged":[],"warnings":[]})";
  CHECK(put.status == 200);
  CHECK(put.content_type == "application/json");
  CHECK(put.body == R"({"dry_run":false,)" + rest);
  CHECK(dry.body == R"({"dry_run":true,)" + rest);
  // A comment makes no new version.
  const RulesReply again = PutYaml(&kept, File(a2 + c));
  CHECK(again.body.find(R"("changed":[],"removed":[],"unchanged":[{"name":"a","version":")" +
                        version_a2) != std::string::npos);
}

TEST_CASE("errors come with their places, as check --format json says them") {
  Kept kept;
  const RulesReply reply = PutYaml(&kept, File(Rule("a", "coutn(x, 1m) >= 1")), "shop.yml");
  CHECK(kept.asked == "one shop.yml");
  CHECK(reply.status == 422);
  CHECK(reply.content_type == "application/problem+json");
  CHECK(reply.body.find(R"("status":422,"code":"rules","detail":"1 error","errors":[{"file":)"
                        R"("shop.yml","line":4,"column":11,"length":5,"severity":"error")") !=
        std::string::npos);
  CHECK(kept.Get() == nullptr);
}

TEST_CASE("what cannot be changed here is a conflict, and says why") {
  Kept kept;
  kept.why_not = "the built-in packs run";
  const RulesReply reply = PutYaml(&kept, File(Rule("a", "count(x, 1m) >= 1")));
  CHECK(reply.status == 409);
  CHECK(reply.body.find(R"("code":"conflict","detail":"the built-in packs run")") !=
        std::string::npos);
  const RulesSource source = kept.Source();
  CHECK(
      RulesJson(nullptr, &source) ==
      R"({"version":"","source":{"kind":"folder","path":"/rules","writable":false,"refused":""},"rules":[]})");
}

TEST_CASE("a set as JSON; and bodies that are none") {
  Kept kept;
  const auto json = [&](const std::string& body) {
    return PutRules(&kept, {"application/json", {}, false, body});
  };
  // Escapes as every writer of JSON makes them, a pair of surrogates too.
  const RulesReply reply = json(
      R"({"files":{"b.yml":"version: 1\nrules:\n  - name: \"\ud83d\ude00\"\n    when: )"
      R"(count(x, 1m) >= 1\n    offer: { channels: [chat] }\n","sub/a.yml":"version: 1\nrules: []"}})");
  CHECK(reply.status == 200);
  CHECK(kept.asked == "whole b.yml sub/a.yml");
  REQUIRE(kept.Get()->rules().size() == 1);
  CHECK(kept.Get()->rules()[0].name == "\xF0\x9F\x98\x80");
  for (const char* body :
       {"", "[]", "{}", R"({"files":{}})", R"({"files":{"a.yml":1}})", R"({"files":[]})",
        R"({"files":{"a.yml":"x"},"more":1})", R"({"files":{"a.yml":"x","a.yml":"y"}})",
        R"({"files":{"a.yml":"x"}} x)", "{\"files\":{\"a.yml\":\"\xff\"}}"}) {
    const RulesReply refused = json(body);
    CHECK_MESSAGE(refused.status == 400, body);
    CHECK(refused.body.find(R"("code":"malformed")") != std::string::npos);
  }
  CHECK(
      PutRules(&kept, {"application/json", "a.yml", false, R"({"files":{"a.yml":"x"}})"}).status ==
      400);
  CHECK(PutRules(&kept, {"text/html", {}, false, "x"}).status == 415);
}

TEST_CASE("a query that says something else than it means") {
  Kept kept;
  const RulesReply empty = PutYaml(&kept, "version: 1\nrules: []\n", "");
  CHECK(empty.status == 400);
  CHECK(empty.body.find("?file= names no file") != std::string::npos);
  RulesRequest request{"application/yaml", {}, false, "version: 1\nrules: []\n"};
  request.unknown = "dryrun";
  const RulesReply unknown = PutRules(&kept, request);
  CHECK(unknown.status == 400);
  CHECK(unknown.body.find("there is no parameter 'dryrun'") != std::string::npos);
  request.content_type = "application/x-www-form-urlencoded";
  CHECK(PutRules(&kept, request).status == 415);
  CHECK(kept.asked.empty());
}

TEST_CASE("who changed other rules than he thinks is told so") {
  Kept kept;
  const std::string rules = File(Rule("a", "count(x, 1m) >= 1"));
  const auto put = [&](const std::string& if_match) {
    return PutRules(&kept, {"application/yaml", {}, false, rules, if_match});
  };
  const RulesReply first = put("\"0\"");
  CHECK(first.status == 200);
  CHECK(first.tag == "\"1\"");
  const RulesReply late = put("\"0\"");
  CHECK(late.status == 412);
  CHECK(late.tag == "\"1\"");
  CHECK(late.body.find("\"code\":\"changed\"") != std::string::npos);
  CHECK(put(late.tag).status == 200);
  CHECK(put("").status == 200);  // who says nothing, knows
}

TEST_CASE("entity tags") {
  CHECK(IfMatchPasses("*", "\"a\""));
  CHECK(IfMatchPasses("\"a\"", "\"a\""));
  CHECK(IfMatchPasses("\"b\",  \"a,c\" , \"a\"", "\"a\""));
  CHECK(IfMatchPasses("\"b\",\"a,c\"", "\"a,c\""));
  for (const char* other : {"", "a", "\"b\"", "\"a", "W/\"a\"", "\"aa\"", ",", "x, \"a\"", "**"}) {
    CAPTURE(other);
    CHECK_FALSE(IfMatchPasses(other, "\"a\""));
  }
  CHECK(IfNoneMatchKnows("W/\"a\"", "\"a\""));
  CHECK(IfNoneMatchKnows("\"a\"", "\"a\""));
  CHECK_FALSE(IfNoneMatchKnows("", "\"a\""));
}

}  // namespace vinkki::console
