-- wrk script: real beacon bodies of ten events, many visitors, growing numbers, nothing a duplicate.
-- Environment: VISITORS, how many each thread plays (default 50000); DELAY, ms between two requests
-- of one connection (default 0: as fast as it goes); SITE, ORIGIN.
local visitors = tonumber(os.getenv("VISITORS") or "50000")
local pause = tonumber(os.getenv("DELAY") or "0")
local site = os.getenv("SITE") or "bench"
local origin = os.getenv("ORIGIN") or "http://localhost"
local run = os.getenv("RUN") or tostring(os.time())

local threads = 0
function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

-- How long before sent, name, properties; %d is the item.
local function items(price, n)
  local one = '{"item_id":"sku-%%d-%s","item_name":"Enamel kettle, %s","item_brand":"Saaristo","item_category":"Kitchen","item_variant":"%s","price":%d,"quantity":%d}'
  local list = {}
  for i, colour in ipairs({ "fog", "moss", "clay" }) do
    if i <= n then list[i] = string.format(one, colour, colour, colour, price, i) end
  end
  return '{"currency":"EUR","value":' .. price * n .. ',"items":[' .. table.concat(list, ",") .. "]}"
end
local function page(kind, path)
  return string.format('{"type":"%s","url":"https://shop.example/%s/%%d?utm_campaign=autumn&utm_source=letter","title":"Enamel kettle %%d - Saaristo","referrer":"https://search.example/","language":"en-GB","device":"mobile"}', kind, path)
end
local function click(selector, text)
  return string.format('{"selector":"main > section:nth-of-type(2) > %s","text":"%s %%d","x":612,"y":388}', selector, text)
end
local function field(name, spent)
  return string.format('{"form":"address","field":"%s","first":420,"spent":%d,"refocus":1,"deletions":3,"n":%%d}', name, spent)
end
local leave = '{"attended":21400,"depth":74,"n":%d}'
local mixes = {
  { {3900, "page_leave", leave}, {3890, "page_view", page("product", "p")}, {3880, "view_item", items(89, 1)},
    {3000, "click", click("button.next", "Next picture")}, {2400, "active", "{}"},
    {1900, "click", click("label.size", "Size")}, {1400, "select_item", items(89, 3)},
    {900, "view_item", items(95, 1)}, {400, "active", "{}"},
    {0, "vitals", '{"lcp":1840,"inp":120,"cls":0.02,"ttfb":210,"n":%d}'} },
  { {3900, "page_view", page("category", "c")}, {3880, "view_item_list", items(35, 3)},
    {3300, "active", "{}"}, {2800, "select_item", items(35, 1)}, {2500, "page_leave", leave},
    {2490, "page_view", page("product", "p")}, {2480, "view_item", items(35, 1)},
    {1100, "click", click("button.add", "Add to cart")}, {1080, "add_to_cart", items(35, 1)}, {300, "active", "{}"} },
  { {3900, "page_view", page("cart", "cart")}, {3890, "view_cart", items(35, 2)},
    {3200, "active", "{}"}, {2500, "begin_checkout", items(35, 2)}, {2400, "page_view", page("checkout", "checkout")},
    {1800, "form_start", '{"form":"address","fields":9,"n":%d}'}, {1500, "form_field", field("name", 1200)},
    {1000, "form_field", field("phone", 900)},
    {500, "form_error", '{"form":"address","field":"phone","n":%d}'}, {0, "click", click("button.pay", "Continue")} },
}

-- Each mix becomes text with the item's place left open, rendered for 64 items beforehand.
local tails = {}
for m, mix in ipairs(mixes) do
  tails[m] = {}
  for i = 1, 64 do
    local parts = {}
    for k, e in ipairs(mix) do
      parts[k] = string.format('["%s",%d,%s]', e[2], -e[1], (e[3]:gsub("%%d", tostring(i))))
    end
    tails[m][i] = '"m":"cookieless","e":[' .. table.concat(parts, ",") .. "]}"
  end
end

local counter = 0
local prefix
local headers = { ["Content-Type"] = "text/plain;charset=UTF-8", ["Origin"] = origin }

function init(args)
  prefix = string.format("%s-%d-visitor-", run, id)
end

function request()
  local v = counter % visitors
  local n = math.floor(counter / visitors)
  counter = counter + 1
  local body = string.format('{"v":1,"s":"%s","i":"%s%06d","t":"tab%d","n":%d,"b":"load%d","sent":%d,%s',
    site, prefix, v, v % 7, n + 1, v, 1790000000000 + counter, tails[n % 3 + 1][(v + n * 7) % 64 + 1])
  return wrk.format("POST", "/v1/e", headers, body)
end

if pause > 0 then
  function delay() return pause end
end

function done(summary, latency, requests)
  local seconds = summary.duration / 1e6
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT requests/s %.0f bad %d p50_us %d p99_us %d\n",
    summary.requests / seconds, bad, latency:percentile(50), latency:percentile(99)))
end
