// hidden, visible: the tab goes out of sight and comes back. Leaving the page is not hiding it. A
// page that is opened out of sight is hidden from the start.

import { SOON } from "../waits.js";

export const visibility = ({ report }) => {
  let leaving = false;
  const tell = () => leaving || report(document.hidden ? "hidden" : "visible", {}, SOON);
  addEventListener("pagehide", () => (leaving = true));
  addEventListener("pageshow", () => (leaving = false));
  addEventListener("visibilitychange", tell);
  setTimeout(() => document.hidden && tell());
};
