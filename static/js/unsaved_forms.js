/* Asks before a page is left, or the part of it that a form stands in is replaced, while the form holds what was not sent.
   For forms marked data-guard; data-guard="unsaved" where what they show came back from the server without being saved. */
(() => {
  "use strict";
  const QUESTION = "有填写的内容还没有保存，离开就不保留了。仍要离开吗？";
  let sending = null; // the form that leaves the page with what was typed into it

  const isChanged = (control) => {
    if (control.disabled || ["hidden", "submit", "button", "reset"].includes(control.type)) return false;
    if (["checkbox", "radio"].includes(control.type)) return control.checked !== control.defaultChecked;
    if (control.type === "select-one" || control.type === "select-multiple") {
      const options = Array.from(control.options);
      const first = control.type === "select-one" && !options.some((option) => option.defaultSelected);
      return first ? control.selectedIndex > 0 : options.some((option) => option.selected !== option.defaultSelected);
    }
    return "defaultValue" in control && control.value !== control.defaultValue;
  };
  window.portal = Object.assign(window.portal || {}, { isChanged });
  const isUnsaved = (form) => form.dataset.guard === "unsaved" || Array.from(form.elements).some(isChanged);
  const unsavedForms = (except) => Array.from(document.querySelectorAll("form[data-guard]")).filter((form) => form !== except && isUnsaved(form));

  window.addEventListener("submit", (event) => { sending = event.defaultPrevented ? null : event.target; });
  window.addEventListener("pageshow", () => { sending = null; });
  window.addEventListener("beforeunload", (event) => { if (unsavedForms(sending).length) event.preventDefault(); });

  /* Before app.js looks whose session this is: what the person does not want is not looked into. */
  document.addEventListener("htmx:confirm", (event) => {
    const { elt, target } = event.detail;
    if (!unsavedForms(elt.closest("form")).some((form) => target.contains(form)) || window.confirm(QUESTION)) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
})();
