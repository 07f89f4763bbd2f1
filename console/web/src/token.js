// The staff token: handed over in the fragment (#token=…), which never leaves the browser, and kept
// for this tab only. The address bar and the history do not keep it.

const KEY = "vinkki.token";

/** The token of this tab, or "". */
export function takeToken() {
  const given = /^#token=([^&]+)/.exec(location.hash);
  if (given) {
    keepToken(decodeURIComponent(given[1]));
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY) ?? "";
}

export function keepToken(token) {
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
}
