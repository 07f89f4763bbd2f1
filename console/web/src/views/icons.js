import { html } from "../html.js";

const PATHS = {
  page: "M5 2.5h4.5L12 5v8.5H5zM9.5 2.5V5H12",
  item: "M2.8 8.2 8 3h5v5l-5.2 5.2zM10.6 5.4h.01",
  cart: "M2 3h1.6l1.7 7.2h6.4L13.2 5H4.2M6 13h.01M11 13h.01",
  checkout: "M2.5 4.5h11v7h-11zM2.5 7h11M5 9.5h2",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 13.5 13.5",
  trouble: "M8 2.8 14 13H2zM8 6.6v3M8 11.3h.01",
  form: "M3 3.5h10v9H3zM5.5 6.5h5M5.5 9.5h3",
  talk: "M2.8 3.5h10.4v7H8l-3 2.6v-2.6H2.8z",
  other: "M8 9.2a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.4z",
  desktop: "M2 3h12v8H2zM6 13.5h4",
  phone: "M5 2h6v12H5zM7.5 12h1",
  reload: "M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.8h-2.8",
  open: "M9 3h4v4M13 3 7.5 8.5M11.5 9.5V13H3V4.5h3.5",
  pin: "M6 2.5h4M6.8 2.5 6.3 7 4.5 9h7L9.7 7 9.2 2.5M8 9v4.5",
  check: "M3.5 8.5 6.5 11.5 12.5 4.8",
  theme: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5v11a5.5 5.5 0 0 0 0-11z",
  down: "M4.5 6.5 8 10l3.5-3.5",
  follow: "M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3",
};

export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}
