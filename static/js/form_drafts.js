/* Stores in the browser what was typed into a form and not saved yet, and offers it when the form is opened again.
   For forms marked data-draft, whose hidden field "version" says which version of the record the page shows. A draft is
   of one account and one address. It stands beside what the form holds, and only a person puts it in, field by field. It
   is gone once the form is saved or left on purpose, at logout, when somebody else signs in, and after DAYS. Fields
   marked data-private (of columns with a right of their own) are never stored. */
(() => {
  "use strict";
  const PREFIX = "portal-draft:", DAYS = 7;
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const person = one("meta[name=portal-user]");

  const read = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
  const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  const write = (key, draft) => {
    if (!Object.keys(draft.fields).length) { localStorage.removeItem(key); return; }
    try { localStorage.setItem(key, JSON.stringify(draft)); } catch { /* the browser's store is full or forbidden */ }
  };

  /* ----- Whose drafts, and until when ----- */
  const own = person && `${PREFIX}${person.content}:`;
  const isExpired = (draft) => !draft || Date.now() - draft.at > DAYS * 24 * 60 * 60 * 1000;
  if (own) keys().filter((key) => !key.startsWith(own) || isExpired(read(key))).forEach((key) => localStorage.removeItem(key));
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-ends-drafts]")) keys().forEach((key) => localStorage.removeItem(key));
  });

  /* ----- A form that was sent and is not shown again was saved, if the page that follows says so ----- */
  const form = one("form[data-draft]");
  const here = window.location.pathname;
  const from = document.referrer && new URL(document.referrer).pathname;
  if (own && one("#toasts .toast-line")) {
    [here, from].filter((path) => !form || path !== here).forEach((path) => {
      const sent = read(`${own}${path}`);
      if (sent && sent.sent) localStorage.removeItem(`${own}${path}`);
    });
  }
  if (!own || !form) return;

  /* ----- Fields as people see them: by name, with label and text ----- */
  const key = `${own}${here}`;
  const version = form.elements.version ? form.elements.version.value : "";
  const controlsOf = (name) => all("input, select, textarea", form).filter((control) => control.name === name);
  const names = () => new Set(all(".field :is(input, select, textarea)", form)
    .filter((control) => control.name && !["hidden", "password", "file"].includes(control.type) && !control.closest("[data-private]"))
    .map((control) => control.name));
  const isChoice = (control) => ["checkbox", "radio"].includes(control.type);
  const valuesOf = (controls) => controls.flatMap((control) => {
    if (isChoice(control)) return control.checked ? [control.value] : [];
    return control.type.startsWith("select") ? Array.from(control.selectedOptions, (option) => option.value) : [control.value];
  });
  const textOf = (controls, values) => {
    if (controls.length === 1 && controls[0].type === "checkbox") return values.length ? "是" : "否";
    return values.map((value) => {
      const option = controls.flatMap((control) => Array.from(control.options || [])).find((each) => each.value === value);
      const box = controls.find((control) => isChoice(control) && control.value === value);
      return option ? (value && option.text) : box ? box.parentElement.textContent.trim() : value;
    }).filter(Boolean).join("、");
  };
  const labelOf = ([control]) => {
    const label = one(".form-label, label", control.closest(".field") || form);
    return label ? label.textContent.replace("（可不填）", "").trim() : control.name;
  };

  /* ----- What an earlier page left, and what is typed here ----- */
  const stored = read(key) || { fields: {} };
  const isHere = (name) => names().has(name); // not among those that a page of conflicts asks in another way
  const isLeft = (name, field) => !isHere(name) || stored.sent || String(field.values) !== String(valuesOf(controlsOf(name)));
  let left = Object.fromEntries(Object.entries(stored.fields).filter(([name, field]) => isLeft(name, field)));
  const save = (more = {}) => {
    const typed = Array.from(names(), (name) => [name, controlsOf(name)])
      .filter(([, controls]) => controls.some(window.portal.isChanged))
      .map(([name, controls]) => [name, { values: valuesOf(controls), version }]);
    write(key, { at: typed.length ? Date.now() : stored.at, fields: { ...left, ...Object.fromEntries(typed) }, ...more });
  };
  form.addEventListener("input", () => save());
  form.addEventListener("change", () => save());
  form.addEventListener("submit", () => save({ sent: true }));
  const discard = () => { left = {}; localStorage.removeItem(key); };
  all("[data-drops-draft]", form).forEach((link) => link.addEventListener("click", discard));

  /* ----- Offered beside what the form holds ----- */
  const panel = document.getElementById("draft");
  const pattern = one("template", panel);
  const show = () => {
    const rows = Object.entries(left).filter(([name, field]) => isHere(name) && String(field.values) !== String(valuesOf(controlsOf(name))));
    panel.hidden = !rows.length;
    if (!rows.length) return;
    const seen = Math.min(...rows.map(([, field]) => Number(field.version) || 0));
    const newer = version && seen < Number(version) ? "这以后内容有人改过，对照现在的再填" : "";
    one("[data-when]", panel).textContent = `${new Date(stored.at).toLocaleString("zh-CN", { dateStyle: "medium", timeStyle: "short" })} 填了没有保存${newer && `，${newer}`}`;
    one("tbody", panel).replaceChildren(...rows.map(([name, field]) => {
      const row = pattern.content.cloneNode(true), controls = controlsOf(name);
      const texts = [labelOf(controls), textOf(controls, valuesOf(controls)) || "—", textOf(controls, field.values) || "—"];
      all("[data-text]", row).forEach((place, at) => { place.textContent = texts[at]; });
      const button = one("button", row);
      button.setAttribute("aria-label", `${texts[0]}填入草稿`);
      button.addEventListener("click", () => {
        controls.forEach((control) => {
          if (isChoice(control)) control.checked = field.values.includes(control.value);
          else if (control.type === "select-multiple") Array.from(control.options).forEach((option) => { option.selected = field.values.includes(option.value); });
          else control.value = field.values.join("");
        });
        delete left[name];
        save();
        show();
        controls[0].focus();
      });
      return row;
    }));
  };
  one("[data-discard]", panel).addEventListener("click", () => { left = {}; save(); show(); });
  save(); // what the server has meanwhile is no draft any more
  show();
})();
