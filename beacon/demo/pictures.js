// The shop's pictures, drawn as SVG: picture(name, colours) -> markup, 400 by 400.
// colours: {a: main, b: shade, c: light}. Nothing here needs a style attribute, so that the page
// works under a strict Content-Security-Policy.

const shadow = (rx = 120, y = 338) => `<ellipse cx="200" cy="${y}" rx="${rx}" ry="13" fill="#2a2a20" opacity=".12"/>`;

const DRAWINGS = {
  jacket: ({ a, b, c }) => `${shadow(100, 350)}
    <path d="M150 92 L104 116 Q86 128 80 160 L62 286 Q60 298 72 301 L94 305 Q104 306 106 296 L120 214 Z" fill="${b}"/>
    <path d="M250 92 L296 116 Q314 128 320 160 L338 286 Q340 298 328 301 L306 305 Q296 306 294 296 L280 214 Z" fill="${b}"/>
    <path d="M148 90 Q200 120 252 90 L276 108 Q288 190 286 330 Q286 340 276 341 Q200 350 124 341 Q114 340 114 330 Q112 190 124 108 Z" fill="${a}"/>
    <path d="M146 92 Q150 54 200 52 Q250 54 254 92 Q232 118 200 120 Q168 118 146 92 Z" fill="${b}"/>
    <path d="M164 92 Q168 70 200 69 Q232 70 236 92 Q222 108 200 109 Q178 108 164 92 Z" fill="#1d211d" opacity=".55"/>
    <path d="M200 118 V345" stroke="${c}" stroke-width="4"/>
    <path d="M134 250 L176 240 M266 250 L224 240" stroke="${c}" stroke-width="4" stroke-linecap="round"/>
    <path d="M122 190 Q200 205 279 190" stroke="${b}" stroke-width="3" fill="none" opacity=".7"/>
    <rect x="222" y="160" width="26" height="9" rx="2" fill="${c}"/>`,

  sweater: ({ a, b, c }) => `${shadow(105, 345)}
    <path d="M140 100 L96 124 Q82 132 77 156 L58 280 Q57 292 68 294 L92 298 Q102 299 104 290 L122 220 Z" fill="${b}"/>
    <path d="M260 100 L304 124 Q318 132 323 156 L342 280 Q343 292 332 294 L308 298 Q298 299 296 290 L278 220 Z" fill="${b}"/>
    <path d="M144 98 Q200 128 256 98 L274 106 Q286 200 282 318 Q282 334 268 335 Q200 342 132 335 Q118 334 118 318 Q114 200 126 106 Z" fill="${a}"/>
    <path d="M146 98 Q158 82 172 80 Q200 94 228 80 Q242 82 254 98 Q230 126 200 127 Q170 126 146 98 Z" fill="${b}"/>
    <g stroke="${c}" stroke-width="5" fill="none" stroke-linejoin="round">
      <path d="M122 160 l13 -13 13 13 13 -13 13 13 13 -13 13 13 13 -13 13 13 13 -13 13 13 13 -13 13 13"/>
      <path d="M120 196 l13 -13 13 13 13 -13 13 13 13 -13 14 13 13 -13 13 13 13 -13 13 13 13 -13 15 13"/></g>
    <g fill="${c}"><circle cx="135" cy="170" r="4"/><circle cx="161" cy="170" r="4"/><circle cx="187" cy="170" r="4"/><circle cx="213" cy="170" r="4"/><circle cx="239" cy="170" r="4"/><circle cx="265" cy="170" r="4"/></g>
    <path d="M119 312 Q200 322 281 312 L281 322 Q281 334 268 335 Q200 342 132 335 Q119 334 119 322 Z" fill="${b}"/>`,

  hat: ({ a, b, c }) => `${shadow(100, 318)}
    <path d="M96 252 Q92 96 200 92 Q308 96 304 252 Z" fill="${a}"/>
    <path d="M140 248 Q136 128 178 96 M200 248 V92 M260 248 Q264 128 222 96" stroke="${b}" stroke-width="4" fill="none" opacity=".55"/>
    <rect x="84" y="236" width="232" height="68" rx="18" fill="${b}"/>
    <g stroke="${a}" stroke-width="3" opacity=".5"><path d="M108 240 V300 M132 240 V300 M156 240 V300 M180 240 V300 M204 240 V300 M228 240 V300 M252 240 V300 M276 240 V300 M298 244 V296"/></g>
    <rect x="216" y="256" width="56" height="30" rx="3" fill="${c}"/><path d="M228 276 l8 -12 8 12 8 -12 8 12" stroke="${b}" stroke-width="3" fill="none"/>`,

  tent: ({ a, b, c }) => `
    <path d="M20 322 Q120 300 200 306 T380 318 V344 Q200 352 20 344 Z" fill="#2a2a20" opacity=".1"/>
    <path d="M200 108 Q92 140 48 322 L352 322 Q308 140 200 108 Z" fill="${a}"/>
    <path d="M200 108 Q136 160 118 322 L200 322 Z" fill="${b}"/>
    <path d="M200 108 Q264 160 282 322 L200 322 Z" fill="${b}" opacity=".75"/>
    <path d="M200 148 Q158 210 154 322 L246 322 Q242 210 200 148 Z" fill="#20251f" opacity=".8"/>
    <path d="M200 148 Q158 210 154 322 L172 322 Q178 226 200 148 Z" fill="${c}"/>
    <path d="M200 108 Q92 140 48 322 M200 108 Q308 140 352 322" stroke="${c}" stroke-width="5" fill="none"/>
    <path d="M48 322 L22 334 M352 322 L378 334 M200 108 L200 96" stroke="#5b5748" stroke-width="4" stroke-linecap="round"/>`,

  tunnel: ({ a, b, c }) => `
    <path d="M14 326 Q120 306 200 310 T386 322 V344 Q200 352 14 344 Z" fill="#2a2a20" opacity=".1"/>
    <path d="M40 326 Q44 168 150 160 H268 Q352 168 366 326 Z" fill="${a}"/>
    <path d="M40 326 Q44 168 150 160 Q108 210 104 326 Z" fill="${b}"/>
    <path d="M250 160 Q216 220 214 326 M332 326 Q334 216 268 160" stroke="${c}" stroke-width="5" fill="none"/>
    <path d="M104 326 Q108 210 150 160" stroke="${c}" stroke-width="5" fill="none"/>
    <path d="M58 326 Q60 232 96 210 Q84 262 84 326 Z" fill="#20251f" opacity=".75"/>
    <path d="M40 318 H366 V332 H40 Z" fill="#eef1ee"/><path d="M150 160 L120 142 M268 160 L300 140 M40 322 L16 334 M366 322 L388 334" stroke="#5b5748" stroke-width="4" stroke-linecap="round"/>`,

  peak: ({ a, b, c }) => `
    <path d="M60 324 Q140 306 210 310 T352 322 V342 Q200 350 60 342 Z" fill="#2a2a20" opacity=".1"/>
    <path d="M216 92 L94 324 H330 Z" fill="${a}"/><path d="M216 92 L94 324 H190 Z" fill="${b}"/>
    <path d="M216 128 L176 324 H246 Z" fill="#20251f" opacity=".8"/><path d="M216 128 L176 324 H194 Z" fill="${c}"/>
    <path d="M216 92 L94 324 M216 92 L330 324" stroke="${c}" stroke-width="5"/>
    <path d="M216 92 V76 M94 324 L66 336 M330 324 L358 336 M268 198 L330 262" stroke="#5b5748" stroke-width="4" stroke-linecap="round"/>`,

  bag: ({ a, b, c }) => `${shadow(80, 352)}
    <path d="M200 48 Q282 50 286 140 Q290 250 258 330 Q250 348 200 348 Q150 348 142 330 Q110 250 114 140 Q118 50 200 48 Z" fill="${a}"/>
    <path d="M200 66 Q250 68 252 122 Q252 156 200 158 Q148 156 148 122 Q150 68 200 66 Z" fill="${c}"/>
    <path d="M200 84 Q232 86 234 122 Q234 142 200 143 Q166 142 166 122 Q168 86 200 84 Z" fill="#26302b" opacity=".75"/>
    <g stroke="${b}" stroke-width="4" fill="none"><path d="M118 190 Q200 212 283 190"/><path d="M122 232 Q200 254 279 232"/><path d="M130 274 Q200 294 271 274"/><path d="M140 314 Q200 330 261 314"/></g>
    <path d="M252 130 Q262 240 236 338" stroke="${c}" stroke-width="4" fill="none"/>`,

  tarp: ({ a, b, c }) => `${shadow(150, 334)}
    <path d="M70 120 V330 M330 120 V330" stroke="#7a5a3a" stroke-width="9" stroke-linecap="round"/>
    <path d="M70 126 Q200 158 330 126 L372 268 Q200 236 28 268 Z" fill="${a}"/>
    <path d="M70 126 Q200 158 330 126 L338 152 Q200 184 62 152 Z" fill="${b}"/>
    <path d="M200 148 V246" stroke="${c}" stroke-width="3"/>
    <path d="M28 268 L14 330 M372 268 L386 330" stroke="#5b5748" stroke-width="3"/>
    <path d="M150 330 l14 -34 14 34 Z M178 330 l12 -46 16 46 Z M204 330 l12 -30 14 30 Z" fill="#c8622d"/>
    <path d="M184 330 l8 -24 8 24 Z" fill="#f0b04c"/><path d="M136 332 L244 326 M140 324 L240 334" stroke="#5a4330" stroke-width="8" stroke-linecap="round"/>`,

  pack: ({ a, b, c }) => `${shadow(95, 348)}
    <path d="M160 78 Q160 48 200 48 Q240 48 240 78" fill="none" stroke="${b}" stroke-width="10"/>
    <rect x="110" y="92" width="180" height="250" rx="44" fill="${a}"/>
    <path d="M104 128 Q106 70 160 68 H240 Q294 70 296 128 V164 Q200 186 104 164 Z" fill="${b}"/>
    <rect x="134" y="222" width="132" height="104" rx="20" fill="${b}" opacity=".8"/>
    <path d="M134 252 H266" stroke="${c}" stroke-width="4"/>
    <path d="M158 128 V232 M242 128 V232" stroke="#6b4a2d" stroke-width="12"/>
    <rect x="150" y="190" width="16" height="20" rx="3" fill="${c}"/><rect x="234" y="190" width="16" height="20" rx="3" fill="${c}"/>
    <path d="M98 226 Q82 240 84 300 Q86 326 110 326 M302 226 Q318 240 316 300 Q314 326 290 326" fill="none" stroke="${b}" stroke-width="14" stroke-linecap="round"/>
    <rect x="96" y="44" width="208" height="34" rx="17" fill="${c}"/><path d="M148 44 v34 M252 44 v34" stroke="#6b4a2d" stroke-width="8"/>`,

  cup: ({ a, b, c }) => `${shadow(110, 316)}
    <path d="M272 176 Q358 156 362 196 Q364 226 282 232 L278 214 Q334 208 334 196 Q330 184 276 196 Z" fill="${b}"/>
    <path d="M78 168 H286 Q294 310 182 312 Q70 310 78 168 Z" fill="${a}"/>
    <ellipse cx="182" cy="168" rx="104" ry="30" fill="${c}"/><ellipse cx="182" cy="171" rx="88" ry="22" fill="#4a2f1c"/>
    <path d="M98 214 Q150 250 268 226 M106 250 Q170 280 254 258" stroke="${b}" stroke-width="4" fill="none" opacity=".6"/>
    <path d="M340 196 l10 34" stroke="#8a3f24" stroke-width="5" stroke-linecap="round"/>
    <path d="M150 122 q-14 -18 0 -36 t0 -34 M204 122 q-14 -18 0 -36 t0 -34" stroke="#fff" stroke-width="6" fill="none" stroke-linecap="round" opacity=".6"/>`,

  pot: ({ a, b, c }) => `${shadow(100, 328)}
    <path d="M128 140 Q200 20 272 140" fill="none" stroke="${b}" stroke-width="10"/>
    <path d="M110 216 Q70 196 58 156 L82 146 Q96 180 124 186 Z" fill="${b}"/>
    <path d="M136 142 H264 Q286 236 282 306 Q282 322 266 322 H134 Q118 322 118 306 Q114 236 136 142 Z" fill="${a}"/>
    <path d="M128 142 H272 L264 124 H136 Z" fill="${b}"/><rect x="186" y="104" width="28" height="22" rx="8" fill="${c}"/>
    <path d="M236 160 Q256 236 252 304" stroke="#fff" stroke-width="10" fill="none" opacity=".25" stroke-linecap="round"/>
    <path d="M172 236 l28 -40 28 40 M180 260 l20 -30 20 30" stroke="${c}" stroke-width="5" fill="none" stroke-linejoin="round"/>`,

  knife: ({ a, b, c }) => `${shadow(120, 330)}
    <path d="M92 292 L66 318 Q58 304 70 290 L206 148 L236 178 L110 302 Q98 310 92 292 Z" fill="${a}"/>
    <path d="M206 148 L236 178 L226 188 L196 158 Z" fill="${c}"/>
    <path d="M216 138 L322 46 Q334 40 332 56 Q318 110 246 168 Z" fill="#cfd4d2"/>
    <path d="M230 152 L330 56 Q318 110 246 168 Z" fill="#aab2b0"/>
    <path d="M92 268 l20 20 M112 246 l22 22 M134 224 l22 22" stroke="${b}" stroke-width="4" opacity=".7"/>
    <path d="M232 330 L330 232 Q344 224 352 238 Q356 250 344 262 L262 340 Q246 350 232 330 Z" fill="${b}"/>
    <path d="M256 320 L336 242" stroke="${c}" stroke-width="3" stroke-dasharray="7 6"/>`,

  stove: ({ a, b, c }) => `${shadow(90, 338)}
    <rect x="138" y="236" width="124" height="98" rx="16" fill="${a}"/><rect x="138" y="264" width="124" height="26" fill="${c}"/>
    <path d="M180 236 V204 H220 V236" fill="${b}"/><ellipse cx="200" cy="200" rx="44" ry="12" fill="#4b4f4c"/>
    <path d="M170 192 q-8 -20 8 -34 q2 16 10 20 q-4 -30 16 -44 q-2 26 14 36 q6 -6 4 -14 q18 18 8 36 Z" fill="#e58a35"/>
    <path d="M186 192 q-4 -14 8 -22 q4 -10 10 -14 q0 16 8 22 q4 6 0 14 Z" fill="#f8cf6a"/>
    <path d="M120 148 H280 M142 200 L128 148 M258 200 L272 148" stroke="#4b4f4c" stroke-width="7" stroke-linecap="round"/>
    <path d="M118 144 H282 Q280 84 266 84 H134 Q120 84 118 144 Z" fill="#8b918d"/><path d="M126 84 H274" stroke="#6c726e" stroke-width="8" stroke-linecap="round"/>
    <path d="M220 220 H268" stroke="${b}" stroke-width="7" stroke-linecap="round"/>`,

  blanket: ({ a, b, c }) => `${shadow(130, 318)}
    <path d="M74 148 Q74 120 104 120 H300 Q328 120 328 148 V286 Q328 310 302 310 H98 Q74 310 74 286 Z" fill="${a}"/>
    <path d="M74 166 H328 M74 214 H328 M74 262 H328" stroke="${b}" stroke-width="3" opacity=".6"/>
    <path d="M128 120 V310 M146 120 V310" stroke="${c}" stroke-width="8"/><path d="M256 120 V310 M274 120 V310" stroke="${c}" stroke-width="8"/>
    <path d="M74 186 H328 M74 236 H328" stroke="${c}" stroke-width="5" opacity=".75"/>
    <path d="M74 148 Q74 120 104 120 H300 Q328 120 328 148 Q328 162 300 162 H104 Q74 162 74 148 Z" fill="${b}" opacity=".5"/>
    <g stroke="${b}" stroke-width="4" stroke-linecap="round"><path d="M96 310 v16 M116 310 v16 M136 310 v16 M156 310 v16 M176 310 v16 M196 310 v16 M216 310 v16 M236 310 v16 M256 310 v16 M276 310 v16 M296 310 v16"/></g>`,

  lantern: ({ a, b, c }) => `${shadow(80, 346)}
    <circle cx="200" cy="222" r="130" fill="#f8d98a" opacity=".28"/>
    <path d="M150 124 Q150 54 200 54 Q250 54 250 124" fill="none" stroke="${b}" stroke-width="8"/>
    <path d="M138 144 L160 112 H240 L262 144 Z" fill="${a}"/>
    <rect x="142" y="144" width="116" height="152" fill="#fbeabf"/>
    <path d="M200 190 q24 30 0 58 q-24 -28 0 -58 Z" fill="#e8953c"/><path d="M200 214 q10 14 0 30 q-10 -14 0 -30 Z" fill="#fff3cf"/>
    <rect x="184" y="248" width="32" height="48" rx="3" fill="#fffdf4"/>
    <path d="M142 144 V296 M258 144 V296 M200 144 V180" stroke="${a}" stroke-width="8"/>
    <path d="M126 296 H274 L266 338 H134 Z" fill="${a}"/><path d="M126 296 H274 L272 308 H128 Z" fill="${c}"/>`,

  bucket: ({ a, b, c }) => `${shadow(105, 340)}
    <path d="M110 168 Q200 20 290 168" fill="none" stroke="#6e5a45" stroke-width="7"/>
    <path d="M100 164 H300 L278 322 Q276 334 262 334 H138 Q124 334 122 322 Z" fill="${a}"/>
    <path d="M136 164 L152 334 M168 164 L176 334 M200 164 V334 M232 164 L224 334 M264 164 L248 334" stroke="${b}" stroke-width="3" opacity=".7"/>
    <path d="M104 196 H296 L294 212 H106 Z M116 286 H284 L282 302 H118 Z" fill="#8c8f8a"/>
    <ellipse cx="200" cy="164" rx="100" ry="22" fill="${b}"/><ellipse cx="200" cy="168" rx="86" ry="15" fill="#7fa6b0"/>
    <path d="M226 166 L338 62" stroke="${c}" stroke-width="11" stroke-linecap="round"/><path d="M196 152 Q236 150 238 176 Q216 190 196 152 Z" fill="${c}"/>`,

  carrier: ({ a, b, c }) => `${shadow(125, 338)}
    <path d="M128 196 Q136 74 200 74 Q264 74 272 196" fill="none" stroke="#6b4a2d" stroke-width="13"/>
    <g><circle cx="128" cy="214" r="34" fill="#c79a63"/><circle cx="128" cy="214" r="22" fill="#dcb781"/><circle cx="128" cy="214" r="9" fill="#c79a63"/>
    <circle cx="198" cy="204" r="38" fill="#b98954"/><circle cx="198" cy="204" r="25" fill="#d6ad76"/><circle cx="198" cy="204" r="10" fill="#b98954"/>
    <circle cx="268" cy="214" r="32" fill="#c79a63"/><circle cx="268" cy="214" r="20" fill="#dcb781"/><circle cx="268" cy="214" r="8" fill="#c79a63"/></g>
    <path d="M82 216 Q86 330 146 330 H254 Q314 330 318 216 Q300 258 200 258 Q100 258 82 216 Z" fill="${a}"/>
    <path d="M98 262 Q120 306 200 306 Q280 306 302 262" fill="none" stroke="${c}" stroke-width="4" stroke-dasharray="9 7"/>
    <path d="M132 240 L140 330 M268 240 L260 330" stroke="${b}" stroke-width="13"/>`,
};

export const picture = (name, colours, label = "") =>
  `<svg viewBox="0 0 400 400" role="img" aria-label="${label}">${DRAWINGS[name](colours)}</svg>`;

/** The view over the lake on the front page: sky, fells, forest, water, a lit cabin. */
export const landscape = () => {
  const spruce = (x, y, h, fill) => {
    const w = h * 0.36;
    return `<path fill="${fill}" d="M${x} ${y - h} L${x + w * 0.5} ${y - h * 0.62} H${x + w * 0.28} L${x + w * 0.75} ${y - h * 0.3} H${x + w * 0.4} L${x + w} ${y} H${x - w} L${x - w * 0.4} ${y - h * 0.3} H${x - w * 0.75} L${x - w * 0.28} ${y - h * 0.62} H${x - w * 0.5} Z"/>`;
  };
  const row = (from, to, step, y, h, fill) => {
    let out = "";
    for (let x = from, i = 0; x < to; x += step, i++) {
      const wobble = Math.sin(i * 12.9898) * 0.5 + 0.5;
      out += spruce(Math.round(x + wobble * step * 0.6), y, Math.round(h * (0.7 + wobble * 0.6)), fill);
    }
    return out;
  };
  return `<svg viewBox="0 0 1440 720" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
    <defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#2f4a55"/><stop offset=".5" stop-color="#8c9c93"/><stop offset=".82" stop-color="#e6b98a"/><stop offset="1" stop-color="#f0cfa0"/></linearGradient>
    <linearGradient id="lake" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#d9ae86"/><stop offset=".45" stop-color="#7d8f8b"/><stop offset="1" stop-color="#2e474a"/></linearGradient></defs>
    <rect width="1440" height="560" fill="url(#sky)"/>
    <circle cx="1040" cy="392" r="46" fill="#ffe9c4"/><circle cx="1040" cy="392" r="110" fill="#ffe3b5" opacity=".25"/>
    <path d="M0 430 L180 340 L330 400 L520 300 L700 396 L900 330 L1090 410 L1270 350 L1440 420 V560 H0 Z" fill="#7d8b86"/>
    <path d="M0 470 L220 410 L420 462 L640 392 L860 460 L1120 420 L1440 476 V560 H0 Z" fill="#566a63"/>
    ${row(-20, 1460, 34, 548, 92, "#2c4239")}
    <rect y="540" width="1440" height="180" fill="url(#lake)"/>
    <path d="M960 560 H1120 M985 584 H1098 M1005 610 H1080 M940 640 H1130" stroke="#ffe7bf" stroke-width="5" stroke-linecap="round" opacity=".55"/>
    <path d="M0 560 H1440" stroke="#22352e" stroke-width="6" opacity=".6"/>
    <g><path d="M1196 470 L1266 420 L1336 470 Z" fill="#1b231f"/><rect x="1208" y="468" width="116" height="76" fill="#3a2a20"/><rect x="1228" y="488" width="28" height="28" fill="#ffd27c"/><rect x="1278" y="488" width="26" height="56" fill="#241a14"/><rect x="1300" y="424" width="14" height="30" fill="#1b231f"/><path d="M1307 418 q-14 -22 2 -40 t-4 -44" stroke="#f4ead8" stroke-width="7" fill="none" opacity=".4" stroke-linecap="round"/></g>
    ${row(1090, 1210, 40, 556, 128, "#1c2f28")}${row(1340, 1460, 42, 560, 150, "#1c2f28")}
    ${row(-30, 200, 62, 612, 200, "#16261f")}
    <path d="M0 590 Q200 570 330 640 T620 720 H0 Z" fill="#14211b"/></svg>`;
};
