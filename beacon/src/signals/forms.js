// form_error and form_field. Names of fields and counts only: no value leaves the page.
//
// form_error {form, field, kind}: a field was refused. Seen by the browser's own `invalid` event,
// by aria-invalid turning true, or by an element with role=alert that appears or changes its text
// inside a form (success is told by role=status); the three often come together, so a field is reported once within SAME ms, and an
// alert that names no field only if nothing else in its form was.
// form_field {form, field, ms, first, visits, deletions, corrections, blank}: a field was left. ms
// spent in it, ms to the first input, visits so far, deleting keystrokes, input again after them.

import { LATER } from "../waits.js";
import { listen } from "./listen.js";

const SAME = 1000;
const FIELDS = "input:not([type=hidden],[type=submit],[type=button],[type=image],[type=reset]),select,textarea";
const KINDS = { valueMissing: "missing", customError: "custom", badInput: "type", typeMismatch: "type" };
const OTHERS = { patternMismatch: "format", tooShort: "length", tooLong: "length" };

const named = (el) => (el && (el.getAttribute("name") || el.id) || "").slice(0, 100);
const formOf = (el) => el.form || el.closest("form,[role=form]");

const kindOf = ({ validity }) => {
  for (const key in validity) {
    if (validity[key] && key != "valid") return KINDS[key] || OTHERS[key] || "range";
  }
  return "page"; // the page's own check, or the server's
};

/** Returns fresh(form, field, now): whether this is news; field "" stands for the form itself. */
export const errorNews = () => {
  const times = new Map();
  return (form, field, now) => {
    const any = form + "\n";
    const key = any + field;
    const news = !(now - times.get(key) < SAME);
    if (news) times.set(key, now).set(any, now);
    return news;
  };
};

const errors = (report) => {
  const fresh = errorNews();
  const watched = new WeakSet();

  const tell = (form, field) => {
    const props = { form: named(form), field: named(field), kind: field ? kindOf(field) : "page" };
    if (fresh(props.form, props.field, Date.now())) report("form_error", props);
  };

  const alert = (el, form) => {
    if (!el || !el.textContent.trim() || el.closest("[hidden]")) return;
    const field =
      el.id &&
      form.querySelector(`[aria-describedby~="${CSS.escape(el.id)}"],[aria-errormessage~="${CSS.escape(el.id)}"]`);
    tell(form, field);
  };

  const changed = (records, form) => {
    const flips = records.filter((r) => r.type == "attributes");
    flips.forEach(({ target, oldValue }) => {
      if (target.getAttribute("aria-invalid") == "true" && oldValue != "true") tell(form, target);
    });
    records.forEach(({ type, target, addedNodes }) => {
      if (type == "attributes") return;
      const at = target.closest ? target : target.parentElement;
      const outer = at && at.closest("[role=alert]");
      if (outer) alert(outer, form);
      addedNodes.forEach((node) => {
        if (node.matches) alert(node.matches("[role=alert]") ? node : node.querySelector("[role=alert]"), form);
      });
    });
  };

  const watch = (form) => {
    if (!form || watched.has(form)) return;
    watched.add(form);
    new MutationObserver((records) => changed(records, form)).observe(form, {
      subtree: true,
      childList: true,
      characterData: true,
      attributeFilter: ["aria-invalid"],
      attributeOldValue: true,
    });
  };

  listen("invalid", (e) => tell(formOf(e.target), e.target));
  // A form is watched once somebody uses it: errors come to those.
  listen("focusin pointerdown submit", ({ target }) => target.closest && watch(formOf(target)));
  // A classic shop answers with the page again, its errors in place.
  setTimeout(() => {
    document.querySelectorAll("form [aria-invalid=true]").forEach((el) => tell(formOf(el), el));
    document.querySelectorAll("form [role=alert]").forEach((el) => alert(el, formOf(el)));
  });
};

const fields = (report) => {
  const visits = new WeakMap();
  let now; // the field that has the focus: {el, at, first, deletions, corrections, deleted, filled}

  listen("focusin", ({ target: el }) => {
    if (!el.matches || !el.matches(FIELDS)) return;
    visits.set(el, (visits.get(el) || 0) + 1);
    now = { el, at: Date.now(), deletions: 0, corrections: 0 };
  });
  listen("input", ({ target, inputType }) => {
    if (!now || target != now.el) return;
    now.first = now.first || Date.now();
    if (/^delete/.test(inputType)) {
      now.deletions++;
      now.deleted = 1;
    } else if (now.deleted) {
      now.corrections++;
      now.deleted = 0;
    }
  });
  listen("focusout", ({ target: el }) => {
    if (!now || el != now.el) return;
    const { at, first, deletions, corrections } = now;
    now = 0;
    report(
      "form_field",
      {
        form: named(formOf(el)),
        field: named(el),
        ms: Date.now() - at,
        ...(first && { first: first - at }),
        visits: visits.get(el),
        deletions,
        corrections,
        blank: !el.value,
      },
      LATER
    );
  });
};

export const forms = ({ report }) => {
  errors(report);
  fields(report);
};
