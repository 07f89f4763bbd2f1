#include "base/batch.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

namespace vinkki {
namespace {

Batch Sample() {
  BatchWriter w;
  BatchHeader header;
  header.consent = Consent::kFull;
  header.received = 1'700'000'000'000;
  header.load = 7;
  header.number = 3;
  w.Begin("shop-fi", "v-81", header);
  w.BeginEvent(-1500, "add_to_cart", false, "e1");
  w.Prop("value", Value::Of(80.5));
  w.Prop("gift", Value::Of(true));
  w.BeginItem();
  w.Prop("item_id", Value::Of("sku-1"));
  w.Prop("quantity", Value::Of(2.0));
  w.BeginItem();
  w.Prop("item_id", Value::Of("sku-2"));
  w.EndEvent();
  w.BeginEvent(0, "lost", true);
  w.CancelEvent();
  w.BeginEvent(0, "active", true);
  w.EndEvent();
  return w.Finish();
}

}  // namespace

TEST_CASE("a batch reads back as it was written") {
  const Batch batch = Sample();
  CHECK(batch.site() == "shop-fi");
  CHECK(batch.visitor() == "v-81");
  CHECK(batch.key() == std::string_view("shop-fi\0v-81", 12));
  BatchReader reader(batch.bytes());
  CHECK(reader.header().consent == Consent::kFull);
  CHECK(reader.header().number == 3);
  CHECK(reader.header().count == 2);
  EventView e;
  REQUIRE(reader.Next(&e));
  CHECK(e.at == 1'700'000'000'000 - 1500);
  CHECK(e.id == "e1");
  CHECK(e.Get("value") == Value::Of(80.5));
  CHECK(e.Get("gift") == Value::Of(true));
  CHECK(e.Get("item_id") == Value::Of("sku-1"));
  CHECK(e.Own("item_id").missing());
  int items = 0;
  e.ForEachItem([&](PropReader) { ++items; });
  CHECK(items == 2);
  REQUIRE(reader.Next(&e));
  CHECK(e.name == "active");
  CHECK(e.via_server);
  CHECK_FALSE(reader.Next(&e));
  CHECK(reader.status().ok());
}

TEST_CASE("not_before keeps events in order, in place") {
  Batch batch = Sample();
  SetNotBefore(&batch.buffer, batch.bytes_offset(), 1'700'000'000'000 - 1000);
  BatchReader reader(batch.bytes());
  EventView e;
  REQUIRE(reader.Next(&e));
  CHECK(e.at == 1'700'000'000'000 - 1000);
  REQUIRE(reader.Next(&e));
  CHECK(e.at == 1'700'000'000'000);
}

TEST_CASE("truncated and foreign bytes are refused, never read past") {
  const Batch batch = Sample();
  const std::string_view bytes = batch.bytes();
  for (size_t n = 0; n < bytes.size(); ++n) {
    const std::string cut(bytes.substr(0, n));
    BatchReader reader(cut);
    EventView e;
    while (reader.Next(&e)) e.Get("item_id");
    CHECK_FALSE(reader.status().ok());
  }
  CHECK(rc::check("any bytes", [](const std::string& junk) {
    BatchReader reader(junk);
    EventView e;
    while (reader.Next(&e)) e.Get("x");
    (void)reader.status();
  }));
}

TEST_CASE("numbers keep their bits") {
  CHECK(rc::check([](double n) {
    BatchWriter w;
    w.Begin("s", "v", {});
    w.BeginEvent(0, "e", false);
    w.Prop("n", Value::Of(n));
    w.EndEvent();
    const Batch b = w.Finish();
    BatchReader reader(b.bytes());
    EventView e;
    RC_ASSERT(reader.Next(&e));
    RC_ASSERT(std::bit_cast<uint64_t>(e.Own("n").number) == std::bit_cast<uint64_t>(n));
  }));
}

}  // namespace vinkki
