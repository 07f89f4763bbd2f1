#include "rules/cart.h"

namespace vinkki::rules {
namespace {

constexpr __int128 kLeastValue = 5'000;  // in millionths: what is under 0.005 is 0

// What an event says about goods: with neither items nor value, nothing.
struct Goods {
  bool items = false;       // a list of at least one
  bool has_value = false;   // `value` alone
  bool has_pieces = false;  // `items` as a number, with `value`
  __int128 value = 0;
  double pieces = 0;
};

void AddItem(PropReader props, Goods* goods) {
  double price = 0;
  double quantity = 1;
  std::string_view key;
  for (Value value; props.Next(&key, &value);) {
    if (!value.is_number()) continue;
    if (key == "price") price = value.number;
    if (key == "quantity") quantity = value.number;
  }
  const int64_t amount = Millionths(price * quantity);
  if (amount != kTooLarge) goods->value += amount;
  goods->pieces += quantity;
}

Goods GoodsOf(const EventView& event) {
  Goods goods;
  if (event.item_count() > 0) {
    goods.items = true;
    event.ForEachItem([&](PropReader props) { AddItem(props, &goods); });
    return goods;
  }
  const Value value = event.Own("value");
  const int64_t amount = value.is_number() ? Millionths(value.number) : kTooLarge;
  if (amount == kTooLarge) return goods;
  goods.has_value = true;
  goods.value = amount;
  const Value pieces = event.Own("items");
  goods.has_pieces = pieces.is_number();
  if (goods.has_pieces) goods.pieces = pieces.number;
  return goods;
}

struct Cart {
  __int128 value = 0;
  double pieces = 0;
};

void Set(const Goods& goods, Cart* cart) {
  if (!goods.items && !goods.has_value) return;
  cart->value = goods.value;
  if (goods.items || goods.has_pieces) {
    cart->pieces = goods.pieces;
  } else if (cart->value < kLeastValue) {
    cart->pieces = 0;
  }
}

}  // namespace

void UpdateCart(BuiltIn what, const EventView& event, Profile* profile) {
  Cart cart{profile->cart_value(), profile->cart_pieces};
  const Goods goods = GoodsOf(event);
  switch (what) {
    case BuiltIn::kAddToCart:
      cart.value += goods.value;
      cart.pieces += goods.pieces;
      break;
    case BuiltIn::kRemoveFromCart:
      cart.value -= goods.value;
      cart.pieces -= goods.pieces;
      break;
    case BuiltIn::kPurchase: cart = {}; break;
    default: Set(goods, &cart);
  }
  if (cart.value < kLeastValue) cart.value = 0;
  if (!(cart.pieces > 0)) cart.pieces = 0;
  profile->set_cart_value(cart.value);
  profile->cart_pieces = cart.pieces;
  const bool empty = cart.value == 0 && cart.pieces == 0;
  if (empty) {
    profile->cart_at = kNoTime;
  } else if (profile->cart_at == kNoTime) {
    profile->cart_at = event.at;
  }
}

}  // namespace vinkki::rules
