#include "engine/cart.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace vinkki::engine {
namespace {

struct Item {
  std::string_view id, name;
  double price = 0;
  double quantity = 1;
};

struct Cart {
  std::vector<Item> items;
  std::string_view currency;
};

Item ReadItem(PropReader props) {
  Item item;
  std::string_view key;
  for (Value value; props.Next(&key, &value);) {
    if (key == "item_id" && value.is_text()) item.id = value.text;
    if (key == "item_name" && value.is_text()) item.name = value.text;
    if (key == "price" && value.is_number()) item.price = value.number;
    if (key == "quantity" && value.is_number()) item.quantity = value.number;
  }
  return item;
}

void Put(Cart* cart, const Item& item, double sign) {
  const auto same = std::find_if(cart->items.begin(), cart->items.end(), [&](const Item& other) {
    return other.id == item.id && other.name == item.name && other.price == item.price;
  });
  if (same != cart->items.end()) {
    same->quantity += sign * item.quantity;
  } else if (sign > 0) {
    cart->items.push_back(item);
  }
}

void ApplyToCart(const EventView& event, Cart* cart) {
  const bool add = event.name == "add_to_cart";
  const bool remove = event.name == "remove_from_cart";
  const bool set = event.name == "view_cart" || event.name == "begin_checkout";
  if (event.name == "purchase") *cart = Cart();
  if (!add && !remove && !set) return;
  if (const Value currency = event.Get("currency"); currency.is_text()) {
    cart->currency = currency.text;
  }
  if (set && event.item_count() > 0) cart->items.clear();
  event.ForEachItem([&](PropReader props) { Put(cart, ReadItem(props), remove ? -1 : 1); });
  std::erase_if(cart->items, [](const Item& item) { return item.quantity <= 0; });
}

bool AddsUp(const Cart& cart, double value) {
  double sum = 0;
  for (const Item& item : cart.items) sum += item.price * item.quantity;
  return std::abs(sum - value) < 0.005;
}

void WriteItem(JsonWriter* w, const Item& item) {
  w->BeginObject();
  if (!item.id.empty()) w->Key("item_id").Text(item.id);
  if (!item.name.empty()) w->Key("item_name").Text(item.name);
  w->Key("price").Number(item.price);
  w->Key("quantity").Number(item.quantity);
  w->EndObject();
}

}  // namespace

std::string_view CurrencyOf(const std::vector<EventView>& events) {
  Cart cart;
  for (const EventView& event : events) ApplyToCart(event, &cart);
  return cart.currency;
}

void WriteCart(JsonWriter* w, const rules::Snapshot& snapshot,
               const std::vector<EventView>& events) {
  if (snapshot.cart_value == 0 && snapshot.cart_pieces == 0) return;
  Cart cart;
  for (const EventView& event : events) ApplyToCart(event, &cart);
  w->Key("cart").BeginObject();
  w->Key("value").Number(snapshot.cart_value);
  w->Key("pieces").Number(snapshot.cart_pieces);
  if (!cart.currency.empty()) w->Key("currency").Text(cart.currency);
  if (!cart.items.empty() && AddsUp(cart, snapshot.cart_value)) {
    w->Key("items").BeginArray();
    for (const Item& item : cart.items) WriteItem(w, item);
    w->EndArray();
  }
  w->EndObject();
}

}  // namespace vinkki::engine
