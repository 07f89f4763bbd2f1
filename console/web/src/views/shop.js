// The shop in a frame: as wide as a desktop page, drawn smaller where there is no room, or as a
// phone. A shop on this machine is framed under the page's own host name, because a browser keeps
// cookies from frames of another site, and localhost and 127.0.0.1 are two sites.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../html.js";
import { sameSite } from "../format.js";
import { tried } from "../model.js";
import { Icon } from "./icons.js";

const DESKTOP = 1120;
const PHONE = { width: 390, height: 780 };

export function Shop({ url, phone }) {
  const src = sameSite(url, location.hostname);
  const frame = useRef(null);
  const reload = () => {
    frame.current.src = src;
  };
  return html`
    <section class="shop" aria-label="The shop">
      <div class="shopbar">
        <button type="button" class="quiet" onClick=${reload} title="Back to the shop's front page"
          aria-label="Back to the shop's front page"><${Icon} name="reload" /></button>
        <span class="address" title=${src}>${src.replace(/^https?:\/\//, "")}</span>
        <a class="quiet" href=${src} target="_blank" rel="noopener" title="Open in a tab of its own"
          aria-label="Open the shop in a tab of its own"><${Icon} name="open" /></a>
        <span class="segmented" role="group" aria-label="Width of the shop">
          <button type="button" aria-pressed=${String(!phone.value)} onClick=${() => (phone.value = false)}>
            <${Icon} name="desktop" />Desktop</button>
          <button type="button" aria-pressed=${String(phone.value)} onClick=${() => (phone.value = true)}>
            <${Icon} name="phone" />Phone</button>
        </span>
      </div>
      <${Stage} src=${src} phone=${phone.value} frame=${frame} />
    </section>`;
}

/** How large the frame is laid out and by how much it is drawn smaller. */
function fit(box, phone) {
  if (phone) {
    const scale = Math.min(1, (box.width - 24) / PHONE.width, (box.height - 24) / PHONE.height);
    return { ...PHONE, scale };
  }
  const scale = box.width < 560 ? 1 : Math.min(1, box.width / DESKTOP);
  return { width: box.width / scale, height: box.height / scale, scale };
}

function Stage({ src, phone, frame }) {
  const stage = useRef(null);
  const box = useSignal({ width: 600, height: 600 });
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => (box.value = entry.contentRect));
    watch.observe(stage.current);
    return () => watch.disconnect();
  }, []);
  const { width, height, scale } = fit(box.value, phone);
  return html`
    <div class=${`stage ${phone ? "phone" : "desktop"}`} ref=${stage}>
      <div class="screen" style=${{ width: `${width * scale}px`, height: `${height * scale}px` }}>
        ${tried.value && html`<iframe ref=${frame} src=${src} title="The shop"
          sandbox="allow-scripts allow-same-origin allow-forms allow-popups allow-modals"
          style=${{ width: `${width}px`, height: `${height}px`, transform: `scale(${scale})` }}></iframe>`}
      </div>
    </div>`;
}
