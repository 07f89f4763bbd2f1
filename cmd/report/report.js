// What the page can do beyond being read: sort its tables, and say at once what a bar shows.
'use strict';

for (const table of document.querySelectorAll('table.sorts')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (!head.textContent.trim() || head.dataset.still !== undefined) return;
    const button = document.createElement('button');
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const up = head.getAttribute('aria-sort') === 'descending';
      heads.forEach((other) => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const key = (row) => {
        const cell = row.cells[column];
        return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
      };
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        const order = typeof x === 'number' ? y - x : String(x).localeCompare(String(y));
        return up ? -order : order;
      });
      table.tBodies[0].append(...rows);
    });
  });
}

const tip = document.createElement('div');
tip.id = 'tip';
tip.hidden = true;
document.body.append(tip);
document.addEventListener('pointerover', (event) => {
  const bar = event.target.closest?.('svg g, [data-tip]');
  const text = bar?.dataset.tip ?? bar?.querySelector('title')?.textContent;
  tip.hidden = !text;
  if (!text) return;
  if (bar.dataset.tip === undefined) {  // the browser's own, slower one is not needed any more
    bar.dataset.tip = text;
    bar.querySelector('title').remove();
  }
  tip.textContent = text;
  const box = bar.getBoundingClientRect();
  const left = Math.min(Math.max(4, box.x + box.width / 2 - tip.offsetWidth / 2),
    document.documentElement.clientWidth - tip.offsetWidth - 4);
  tip.style.left = `${left}px`;
  tip.style.top = `${Math.max(4, box.y - tip.offsetHeight - 4)}px`;
});

// A link to a rule opens it.
const open = () => {
  const rule = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (rule instanceof HTMLDetailsElement) rule.open = true;
};
addEventListener('hashchange', open);
open();
addEventListener('beforeprint', () => {
  document.querySelectorAll('details').forEach((rule) => { rule.open = true; });
});
