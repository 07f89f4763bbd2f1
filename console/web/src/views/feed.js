// The timeline: events as they arrive, and what was decided, the latest first.

import { useSignal } from "@preact/signals";
import { Component } from "preact";
import { REASONS, clockTime, kindOf, messageFor, summarize } from "../format.js";
import { html } from "../html.js";
import { shown, store, version } from "../model.js";
import { BACKGROUND } from "../store.js";
import { Icon } from "./icons.js";

const MOST = 120;
const FILTERS = [["all", "All"], ["event", "Events"], ["decision", "Decisions"]];

export function Feed() {
  version.value;
  const filter = useSignal("all");
  const { feed } = shown.value;
  const items = feed.filter((item) => filter.value === "all" || item.kind === filter.value);
  return html`
    <section class="panel feed" aria-label="Timeline">
      <header><h2>Timeline</h2><${Filter} filter=${filter} /></header>
      <ol class="scroll" tabindex="0">
        ${items.slice(0, MOST).map((item) => html`<${Item} key=${item.id} item=${item} />`)}
        ${items.length === 0 && html`
          <li class="empty">${feed.length ? "Nothing of this kind yet." : "Waiting for the next event."}</li>`}
        ${store.dropped > 0 && html`
          <li class="empty">${store.dropped} messages came too fast for this page and were left out.</li>`}
      </ol>
    </section>`;
}

function Filter({ filter }) {
  return html`
    <span class="segmented" role="group" aria-label="Show">
      ${FILTERS.map(([id, label]) => html`
        <button type="button" aria-pressed=${String(filter.value === id)}
          onClick=${() => (filter.value = id)}>${label}</button>`)}
    </span>`;
}

// Drawn anew only when its item was replaced: a busy feed draws its first row, not all.
class Item extends Component {
  shouldComponentUpdate({ item }) {
    return item !== this.props.item;
  }
  render({ item }) {
    const View = VIEWS[item.kind];
    return html`<${View} item=${item} />`;
  }
}

function VisitItem({ item }) {
  return html`<li class="visitmark"><span>Visit ${item.visit} began</span> <time>${clockTime(item.at)}</time></li>`;
}

/** What happened before this page looked comes with words, and without its properties. */
function EventItem({ item }) {
  const { name, props, at, times, what } = item;
  const kind = kindOf(name);
  const words = what ?? summarize(name, props);
  return html`
    <li class=${`item event ${kind}${BACKGROUND.has(name) ? " background" : ""}`}>
      <details>
        <summary>
          <span class="dot"><${Icon} name=${kind} /></span>
          <span class="what"><b>${name}</b>${times > 1 && html`<em>×${times}</em>`}
            ${words.map((word) => html`${" "}<span class="word">${word}</span>`)}</span>
          <time>${clockTime(at)}</time>
        </summary>
        ${what ? html`<p class="empty">It came before this page looked.</p>`
          : html`<pre>${JSON.stringify(props, null, 2)}</pre>`}
      </details>
    </li>`;
}

function DecisionItem({ item }) {
  const { decision, rule, reason, why, at, trigger, to } = item;
  const offer = decision === "offer";
  const title = !offer ? "Silent" : to === "bot" ? "Offer of the bot" : "Offer";
  return html`
    <li class=${`item decision ${offer ? "offer" : "silent"}`} role=${offer ? "status" : null}>
      <div class="row">
        <span class="dot"><${Icon} name="talk" /></span>
        <span class="what"><b>${title}</b>${" "}<span class="rule">${rule}</span></span>
        <time>${clockTime(at)}</time>
      </div>
      ${!offer && html`<p>${REASONS[reason] ?? reason}</p>`}
      <p class="why">${why || trigger?.data?.why?.text}</p>
      ${trigger && html`<${Trigger} trigger=${trigger} />`}
    </li>`;
}

const VIEWS = { event: EventItem, decision: DecisionItem, visit: VisitItem };

function Trigger({ trigger }) {
  const { channel, alternatives = [], queue, message = {} } = trigger.data?.offer ?? {};
  const channels = [channel, ...alternatives].filter(Boolean);
  const said = messageFor(message, trigger.data?.visitor?.language);
  const others = Object.keys(message).length - 1;
  return html`
    <div class="trigger">
      ${said && html`<blockquote lang=${said[0]}><small>${said[0]}</small>${said[1]}</blockquote>`}
      <div class="chips">
        ${channels.map((c, i) => html`<span class=${i ? "chip" : "chip first"}>${c}</span>`)}
        ${queue && html`<span class="chip queue">queue ${queue}</span>`}
        ${others > 0 && html`<span class="chip">${others} more language${others > 1 ? "s" : ""}</span>`}
      </div>
      <details><summary>The trigger as JSON</summary>
        <pre>${JSON.stringify(trigger, null, 2)}</pre></details>
    </div>`;
}
