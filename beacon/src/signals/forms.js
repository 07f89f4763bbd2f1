// form_error and form_field. Names of fields and counts only: no value leaves the page.
//
// form_error {form, field, kind}: a field was refused; a form that is sent once with three blank
// fields is three errors, one for each. kind: the browser's word for it (ValidityState:
// valueMissing, typeMismatch, ...), or "page": the page's own check, or the server's. Seen by the
// browser's own `invalid` event, by aria-invalid turning true, or by an element with role=alert
// that appears or changes its text inside a form (success is told by role=status); the three often come
// together, so a field is reported once within SAME ms, and an alert that names no field only if
// nothing else in its form was.
// form_field {form, field, ms, first, visits, deletions, corrections, blank}: a field was left. ms
// spent in it, ms to the first input, visits so far, deleting keystrokes, input again after them.

import { listen } from "../listen.js";
import { LATER } from "../waits.js";
import { FIELDS, named } from "./elements.js";

const SAME = 1000;
const VISITS = Symbol(); // how often a field was visited, on the field itself
const ALERT = "[role=alert]";
const WATCHED = {
  subtree: true,
  childList: true,
  characterData: true,
  attributeFilter: ["aria-invalid"],
  attributeOldValue: true,
};

const formOf = (el) => el.form || el.closest?.("form,[role=form]");

const kindOf = (field) => {
  for (const key in field?.validity) {
    if (field.validity[key] && key != "valid") return key;
  }
  return "page";
};

const times = {}; // when a field was last reported

/** Whether this error is news; field "" stands for the form itself. */
export const fresh = (form, field, now) => {
  const news = !(now - times[[form, field]] < SAME);
  if (news) times[[form, field]] = times[[form, ""]] = now;
  return news;
};

export const errors = (report) => {
  const tell = (el, form = formOf(el)) => {
    const props = { form: named(form), field: named(el), kind: kindOf(el) };
    if (fresh(props.form, props.field, Date.now())) report("form_error", props);
  };

  const alert = (el) => {
    const form = el?.textContent.trim() && !el.closest("[hidden]") && formOf(el);
    if (!form) return;
    const id = CSS.escape(el.id);
    tell(form.querySelector(`[aria-describedby~="${id}"],[aria-errormessage~="${id}"]`), form);
  };

  const observer = new MutationObserver((records) => {
    // Fields first: the form's own alert is news only without them.
    records.map(({ target, oldValue, attributeName }) => {
      if (attributeName && oldValue != "true" && target.ariaInvalid == "true") tell(target);
    });
    records.map(({ target, addedNodes, attributeName }) => {
      if (attributeName) return;
      alert((target.closest ? target : target.parentElement)?.closest(ALERT));
      addedNodes.forEach((node) => alert(node.closest?.(ALERT) || node.querySelector?.(ALERT)));
    });
  });
  listen("invalid", ({ target }) => tell(target));
  // A form is watched once somebody uses it: errors come to those. Again is no harm.
  listen("focusin pointerdown submit", ({ target }) => {
    const form = formOf(target);
    if (form) observer.observe(form, WATCHED);
  });
  // A classic shop answers with the page again, its errors in place.
  setTimeout(() => {
    const all = (selector, fn) =>
      document.querySelectorAll("form " + selector).forEach((el) => fn(el));
    all("[aria-invalid=true]", tell);
    all(ALERT, alert);
  });
};

export const fields = (report) => {
  let el; // the field that has the focus,
  let at; // since when,
  let props; // what is known of this visit,
  let deleted; // and whether the latest input took something away

  listen("focusin", ({ target }) => {
    if (!target.matches?.(FIELDS)) return;
    el = target;
    at = Date.now();
    el[VISITS] = (el[VISITS] || 0) + 1;
    props = { deletions: 0, corrections: 0, visits: el[VISITS] };
  });
  listen("input", ({ target, inputType }) => {
    if (target != el) return;
    props.first ||= Date.now() - at;
    const deletes = /^delete/.test(inputType);
    if (deletes) props.deletions++;
    else if (deleted) props.corrections++;
    deleted = deletes;
  });
  listen("focusout", ({ target }) => {
    if (target != el) return;
    el = deleted = 0;
    props.form = named(formOf(target));
    props.field = named(target);
    props.ms = Date.now() - at;
    props.blank = !target.value;
    report("form_field", props, LATER);
  });
};
