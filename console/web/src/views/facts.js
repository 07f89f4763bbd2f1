// The facts of the rules with their values; one that changes flashes.

import { breakable, clockTime, groupOf, shownValue } from "../format.js";
import { html } from "../html.js";
import { shown, valueNow, version } from "../model.js";

const GROUPS = [
  ["behaviour", "Behaviour"], ["page", "Page"], ["cart", "Cart"], ["session", "Session"],
  ["visitor", "Visitor"],
];

export function Facts() {
  version.value;
  const { facts, stateAt } = shown.value;
  const groups = new Map(GROUPS.map(([id]) => [id, []]));
  for (const fact of facts) {
    const { group, label } = groupOf(fact.name);
    groups.get(group).push({ ...fact, label });
  }
  return html`
    <section class="panel facts" aria-label="Facts">
      <header><h2>Facts</h2>${stateAt !== null && html`<time>as of ${clockTime(stateAt)}</time>`}</header>
      <div class="scroll" tabindex="0">
        ${facts.length === 0 && html`<p class="empty">Waiting for the next event.</p>`}
        ${GROUPS.filter(([id]) => groups.get(id).length).map(([id, title]) => html`
          <section class="group" key=${id}><h3>${title}</h3>
            <dl>${groups.get(id).map((fact) => html`<${Fact} key=${fact.name} fact=${fact} />`)}</dl>
          </section>`)}
      </div>
    </section>`;
}

// The key of the value changes with each change, which starts its flash anew.
function Fact({ fact }) {
  const { name, label, changes } = fact;
  const value = valueNow(fact);
  const missing = value === "-" || value === "";
  return html`
    <div class="fact">
      <dt title=${name}>${breakable(label).map((piece) => html`${piece}<wbr />`)}</dt>
      <dd><span key=${changes} class=${changes ? "changed" : null} data-missing=${missing ? "" : null}
        title=${missing ? "missing" : value}>${missing ? "–" : shownValue(value)}</span></dd>
    </div>`;
}
