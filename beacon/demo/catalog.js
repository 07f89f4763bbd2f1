// What the shop sells. Prices in euros. tone: the background behind the picture.

const PINE = { a: "#2f5a47", b: "#214234", c: "#e4c26a" };
const RUST = { a: "#b4552d", b: "#8d3f20", c: "#f0d9a8" };
const FJORD = { a: "#3f6478", b: "#2d4a5a", c: "#e9dcc0" };
const OAT = { a: "#d9c9a8", b: "#b8a57f", c: "#7a5a3a" };
const COAL = { a: "#3c403e", b: "#292c2b", c: "#cfa85a" };
const CRANBERRY = { a: "#8e2f3c", b: "#6e222d", c: "#f1e3cf" };
const BIRCH = { a: "#c08a4e", b: "#96662f", c: "#e2b883" };
const STEEL = { a: "#8d9690", b: "#646c67", c: "#e8d9b5" };

export const CATEGORIES = {
  clothing: { name: "Clothing", line: "Layers for wind, sleet and long evenings", picture: ["sweater", FJORD], tone: "sky" },
  shelter: { name: "Tents & sleep", line: "A dry place, wherever the day ends", picture: ["tent", PINE], tone: "moss" },
  kitchen: { name: "Camp kitchen", line: "Coffee first. Then everything else", picture: ["pot", COAL], tone: "sand" },
  cabin: { name: "Cabin & sauna", line: "Things that stay by the door for decades", picture: ["lantern", RUST], tone: "clay" },
};

const SIZES = ["XS", "S", "M", "L", "XL"];

/** One product; colours: {name: palette}, the first is shown. */
const product = (id, category, name, price, drawing, tone, colours, line, text, facts, more = {}) => ({
  id, category, name, price, drawing, tone, colours, line, text, facts, rating: 4.6, reviews: 40, sizes: [], ...more,
});

export const PRODUCTS = [
  product("halla-shell", "clothing", "Halla shell jacket", 245, "jacket", "sky", { Pine: PINE, Fjord: FJORD, Rust: RUST },
    "Three-layer shell that stays quiet in the wind",
    "A waterproof shell cut for moving: long in the back, roomy over wool, with a hood that turns when you do. The face fabric is soft enough not to rustle, so you will hear the grouse before it hears you.",
    ["Waterproof to 20,000 mm, taped seams", "100% recycled polyester, PFAS-free", "Weight 480 g (M)", "Repair kit included; repairs for life in Rovaniemi"],
    { sizes: SIZES, rating: 4.8, reviews: 214, badge: "Bestseller" }),
  product("routa-sweater", "clothing", "Routa wool sweater", 129, "sweater", "clay", { Cranberry: CRANBERRY, Fjord: FJORD, Pine: PINE },
    "Finnish wool, knitted in the round",
    "Knitted of undyed and plant-dyed wool from three farms in Kainuu. It itches for exactly one day and then never again. The pattern is a fence seen from a sledge.",
    ["100% Finnsheep wool", "Knitted without side seams", "Wash it rarely, air it often"],
    { sizes: SIZES, rating: 4.9, reviews: 168, badge: "Bestseller" }),
  product("suvi-merino", "clothing", "Suvi merino base layer", 75, "sweater", "sand", { Coal: COAL, Oat: OAT },
    "Thin merino for the days in between",
    "The layer that you forget you are wearing. 170 g merino with flat seams, long enough to stay tucked in under a pack.",
    ["18.5 micron merino, 170 g/m²", "Flat seams", "Odour-free for days"], { sizes: SIZES, rating: 4.6, reviews: 97 }),
  product("sarka-beanie", "clothing", "Sarka beanie", 35, "hat", "moss", { Rust: RUST, Pine: PINE, Coal: COAL },
    "Ribbed wool that covers the ears, properly",
    "Double-knit at the ears, single on top, and deep enough to pull down when the lake freezes.",
    ["Merino and lambswool", "One size"], { rating: 4.7, reviews: 312 }),

  product("kaira-tent", "shelter", "Kaira 2 tent", 389, "tent", "moss", { Pine: PINE, Rust: RUST },
    "Two people, three seasons, one pole fewer",
    "Stands in four minutes with gloves on. Two entrances, so nobody climbs over anybody, and a vestibule that takes wet packs and a wet dog.",
    ["2 people, 2.1 kg", "Fly 3,000 mm, floor 8,000 mm", "Two entrances, two vestibules"], { rating: 4.7, reviews: 88, badge: "New" }),
  product("kaira-tent-3", "shelter", "Kaira 3 tent", 459, "tent", "sky", { Fjord: FJORD, Pine: PINE },
    "The same tent with room for one more",
    "For a family with one child or two adults who value their elbows. Same poles, wider floor.",
    ["3 people, 2.7 kg", "Fly 3,000 mm, floor 8,000 mm"], { rating: 4.6, reviews: 41 }),
  product("lumme-tent", "shelter", "Lumme 1 tent", 319, "peak", "sand", { Rust: RUST, Pine: PINE },
    "One person, 1.2 kilos",
    "A tent for those who walk far. Pitches with one trekking pole, packs to the size of a loaf of rye bread.",
    ["1 person, 1.2 kg", "Fly 2,000 mm, floor 5,000 mm"], { rating: 4.4, reviews: 36 }),
  product("tunturi-tent", "shelter", "Tunturi 2 winter tent", 629, "tunnel", "clay", { Coal: COAL, Rust: RUST },
    "Four seasons, above the tree line",
    "Tunnel tent with snow skirts and thick poles. Built for the week when the forecast is wrong.",
    ["2 people, 3.4 kg", "Snow skirts, 10.2 mm poles"], { rating: 4.9, reviews: 52 }),
  product("kaamos-bag", "shelter", "Kaamos sleeping bag", 219, "bag", "sky", { Fjord: FJORD, Cranberry: CRANBERRY },
    "Warm at -12 °C, and it does not rustle",
    "Recycled down in a soft shell, with a wide foot and a draught collar that closes with one hand.",
    ["Comfort -6 °C, limit -12 °C", "700 cuin recycled down", "1,180 g"], { rating: 4.8, reviews: 76 }),
  product("laavu-tarp", "shelter", "Laavu tarp 3 × 3", 119, "tarp", "sand", { Oat: OAT, Pine: PINE },
    "A roof for four, or for the kitchen",
    "Nineteen loops and no instructions needed. Comes with six lines and the patience of somebody who has tied them before.",
    ["3 × 3 m, 690 g", "Silicone-coated ripstop"], { rating: 4.5, reviews: 58 }),

  product("savu-kuksa", "kitchen", "Savu kuksa", 39, "cup", "sand", { Birch: BIRCH },
    "Carved curly birch, no two the same",
    "Carved by hand in Inari. Rinse it with coffee before the first use, never with detergent, and it will outlive the pot.",
    ["Curly birch, 1.8 dl", "Reindeer-leather loop"], { rating: 4.9, reviews: 203, badge: "Bestseller" }),
  product("noki-pot", "kitchen", "Noki coffee pot", 54, "pot", "clay", { Coal: COAL, Steel: STEEL },
    "1.5 litres of campfire coffee",
    "A pot with a spout that pours where you point it and a handle that stays out of the flames.",
    ["1.5 l, stainless steel", "Black enamel outside", "640 g"], { rating: 4.7, reviews: 121 }),
  product("vesuri-puukko", "kitchen", "Vesuri puukko", 89, "knife", "moss", { Birch: BIRCH, Coal: COAL },
    "The knife for everything",
    "Carbon steel, forged in Kauhava, in a handle of curly birch. Comes sharp and stays so.",
    ["Blade 85 mm, carbon steel", "Leather sheath"], { rating: 4.8, reviews: 64 }),
  product("retki-stove", "kitchen", "Retki gas stove", 69, "stove", "sky", { Rust: RUST, Pine: PINE },
    "Boils half a litre in three minutes",
    "Wide pot supports, a flame that goes down to a real simmer, and an igniter that works in the rain.",
    ["2,800 W, 92 g", "Fits all screw cartridges"], { rating: 4.5, reviews: 83 }),

  product("talvi-blanket", "cabin", "Talvi wool blanket", 149, "blanket", "clay", { Cranberry: CRANBERRY, Fjord: FJORD, Oat: OAT },
    "Heavy, warm, woven in Lapua",
    "A blanket for the bench by the window. Pre-washed, so it is soft from the first evening.",
    ["130 × 180 cm, 1.4 kg", "100% lambswool"], { rating: 4.9, reviews: 145 }),
  product("kuu-lantern", "cabin", "Kuu lantern", 59, "lantern", "sand", { Coal: COAL, Rust: RUST },
    "A candle that the wind leaves alone",
    "Powder-coated steel and real glass. Hangs on a branch, stands on a jetty.",
    ["Height 28 cm", "Takes 8 cm candles"], { rating: 4.6, reviews: 72 }),
  product("loyly-bucket", "cabin", "Löyly bucket & ladle", 79, "bucket", "moss", { Birch: BIRCH },
    "Spruce, with a ladle that does not burn",
    "Coopered in Savonlinna. Five litres is exactly one good sauna.",
    ["Spruce and stainless steel, 5 l", "Ladle included"], { rating: 4.7, reviews: 59 }),
  product("halko-carrier", "cabin", "Halko log carrier", 64, "carrier", "sky", { Pine: PINE, Coal: COAL },
    "One trip to the woodshed instead of three",
    "Waxed canvas with leather handles that get better each winter.",
    ["Waxed cotton canvas, 24 oz", "Carries 25 kg"], { rating: 4.6, reviews: 33 }),
  product("reppu-35", "shelter", "Reppu 35 backpack", 179, "pack", "clay", { Rust: RUST, Pine: PINE, Coal: COAL },
    "35 litres of waxed canvas",
    "Opens at the top and at the side, carries close to the back, and looks right on the tram too.",
    ["35 l, 1.3 kg", "Waxed recycled canvas, leather straps"], { rating: 4.8, reviews: 131, badge: "Bestseller" }),
];

export const find = (id) => PRODUCTS.find((product) => product.id == id);

/** Products whose name, line or category has all words of the query. */
export const search = (query) => {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (p) => [p.name, p.line, CATEGORIES[p.category].name, ...p.facts, ...Object.keys(p.colours)].join(" ").toLowerCase();
  return words.length ? PRODUCTS.filter((p) => words.every((word) => text(p).includes(word))) : [];
};

export const money = (value) => new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" }).format(value);

/** The product as GA4 names its parts. */
export const item = (p, { colour, size, quantity = 1, index } = {}) => ({
  item_id: p.id,
  item_name: p.name,
  item_brand: "Tuohi",
  item_category: CATEGORIES[p.category].name,
  ...(colour && { item_variant: [colour, size].filter(Boolean).join(" / ") }),
  ...(index !== undefined && { index }),
  price: p.price,
  quantity,
});
