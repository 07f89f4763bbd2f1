// The dialog's look. Its colours are the page's own (Canvas and CanvasText follow the page's
// color-scheme, dark mode included, and forced colours) unless the shop sets --vinkki-bg, -fg,
// -accent, -on-accent, -radius or -font anywhere above.

export const STYLE = `
:host{all:initial;color-scheme:inherit}
div div{position:fixed;z-index:2147483647;bottom:max(16px,env(safe-area-inset-bottom));inset-inline-end:16px;box-sizing:border-box;width:min(360px,100vw - 32px);max-height:90vh;overflow:auto;padding:20px;border:1px solid #8884;border-radius:var(--vinkki-radius,16px);background:var(--vinkki-bg,Canvas);color:var(--vinkki-fg,CanvasText);font:16px/1.45 var(--vinkki-font,system-ui);box-shadow:0 8px 40px #0003;animation:i .25s}
@keyframes i{0%{opacity:0;transform:translateY(12px)}}
p{margin:0 0 16px;padding-inline-end:32px;font-size:17px}
nav{display:flex;flex-wrap:wrap;gap:8px}
button{all:unset;box-sizing:border-box;min-height:44px;min-width:44px;padding:8px 16px;border:1px solid;border-radius:var(--vinkki-radius,10px);text-align:center;font-weight:600;cursor:pointer;flex:auto}
button:first-child{background:var(--vinkki-accent,CanvasText);color:var(--vinkki-on-accent,Canvas)}
.n,.x{border-color:#0000;font-weight:400}
.x{position:absolute;top:8px;inset-inline-end:8px;padding:0;font-size:22px}
button:focus-visible{outline:3px solid;outline-offset:2px}
@media(forced-colors:active){button:first-child{background:ButtonFace;color:ButtonText}}
@media(prefers-reduced-motion){div{animation:none!important}}`;
