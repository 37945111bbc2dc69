/* What htmx and plain HTML do not do. Every page can be read, and every form sent, without this file. */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  /* ----- Menus ----- */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-toggle]");
    if (button) {
      event.preventDefault();
      const open = one(button.dataset.toggle).classList.toggle("open");
      button.setAttribute("aria-expanded", String(open));
    }
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      all("details.menu[open]").forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
    }
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.target.closest("input, textarea, select, [contenteditable]")) {
      const search = one(".topbar .search") || one("input[type=search]");
      if (search && search.offsetParent) { event.preventDefault(); search.focus(); }
    }
  });

  /* ----- Choosing between versions: the row of all chooses each row below it ----- */
  document.addEventListener("change", (event) => {
    const choice = event.target.closest(".choose .all input");
    if (choice) all(`.one input[value=${choice.value}]`, choice.closest("table")).forEach((each) => { each.checked = true; });
  });

  /* ----- Confirmation: <a href="#ID" data-dialog="ID"> opens <dialog id="ID"> over the page ----- */
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog) { event.preventDefault(); dialog.showModal(); }
    const closer = event.target.closest("[data-close]");
    if (closer) { event.preventDefault(); closer.closest("dialog").close(); }
  });

  /* ----- What went well floats for eight seconds, longer while it is looked at ----- */
  const SECONDS = 8;
  const settle = (line) => {
    let timer;
    const start = () => { timer = setTimeout(() => line.remove(), SECONDS * 1000); };
    const stop = () => clearTimeout(timer);
    line.addEventListener("mouseenter", stop);
    line.addEventListener("mouseleave", start);
    line.addEventListener("focusin", stop);
    line.addEventListener("focusout", start);
    start();
  };
  const toasts = document.getElementById("toasts");
  if (toasts) { toasts.classList.add("floating"); all(".toast-line", toasts).forEach(settle); }

  const toast = ({ text, undo }) => {
    if (!toasts) return;
    const line = document.createElement("div");
    line.className = "toast-line";
    line.setAttribute("role", "status");
    line.append(text);
    if (undo) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "撤回";
      button.addEventListener("click", () => { line.remove(); htmx.ajax("POST", undo, { swap: "none" }); });
      line.append(button);
    }
    toasts.append(line);
    settle(line);
  };
  /* From the server: HX-Trigger: {"portal-toast": {"text": "…", "undo": "/…/"}} (JSON with \u escapes). */
  document.addEventListener("portal-toast", (event) => toast(event.detail));

  /* What failed stays until the next act. */
  const complain = (text) => {
    const place = document.getElementById("page-notes");
    if (!place) return;
    const note = document.createElement("div");
    note.className = "note bad";
    note.setAttribute("role", "alert");
    note.textContent = text;
    place.replaceChildren(note);
    note.scrollIntoView({ block: "nearest" });
  };

  /* ----- Lists: ticked rows and the bulk bar ----- */
  const showPicked = (bar) => {
    const scope = bar.closest("form") || document;
    const boxes = all("input[name=pick]", scope);
    const ticked = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest("tr").setAttribute("aria-selected", String(box.checked)));
    all("[data-picked]", scope).forEach((place) => { place.textContent = ticked.length; });
    all("[data-pick-all]", scope).forEach((box) => {
      box.checked = ticked.length > 0 && ticked.length === boxes.length;
      box.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
    });
    bar.hidden = ticked.length === 0;
  };
  const showAllPicked = () => all(".bulkbar").forEach(showPicked);
  showAllPicked();
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) {
      const scope = event.target.closest("form") || document;
      all("input[name=pick]", scope).forEach((box) => { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-pick-all], input[name=pick]")) showAllPicked();
  });
  document.addEventListener("reset", () => setTimeout(showAllPicked));

  /* ----- The session ended: ask for the password here, keep the page as it is ----- */
  const reauth = (one("meta[name=portal-reauth]") || {}).content;
  const dialog = document.getElementById("reauth");
  const waiting = [];
  let lastContact = Date.now();

  const needsLogin = (status, header) => status === 401 && header === "required";

  const askPassword = (again) => {
    if (!dialog) return;
    waiting.push(again);
    if (!dialog.open) { one("#reauth-error").textContent = ""; dialog.showModal(); one("#reauth-password").focus(); }
  };

  /* Django rotates the token at login: every form on the page and htmx's header must follow. */
  const adopt = (token) => {
    all("input[name=csrfmiddlewaretoken]").forEach((input) => { input.value = token; });
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  };

  if (dialog) {
    dialog.addEventListener("close", () => { one("#reauth-password").value = ""; waiting.length = 0; });
    one("form", dialog).addEventListener("submit", async (event) => {
      event.preventDefault();
      const form = event.target;
      const error = one("#reauth-error");
      try {
        const answer = await fetch(reauth, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
        const said = await answer.json();
        if (!answer.ok) {
          error.textContent = said.reason || said.detail;
          if (said.url) { const link = document.createElement("a"); link.href = said.url; link.textContent = "去登录页"; error.append(link); }
          return;
        }
        lastContact = Date.now();
        adopt(said.csrf);
        const retries = waiting.splice(0);
        dialog.close();
        retries.forEach((retry) => retry());
        document.dispatchEvent(new CustomEvent("portal-signed-in"));
      } catch {
        error.textContent = "没有连上服务器。过一会儿再试。";
      }
    });
  }

  /* A plain form on a page that has stood open for long: see whether the session lives before the browser leaves the page. */
  const STANDING = 5 * 60 * 1000;
  const alive = async () => {
    const answer = await fetch(reauth, { headers: { Accept: "application/json" } });
    return !needsLogin(answer.status, answer.headers.get("X-Portal-Login"));
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!reauth || event.defaultPrevented || form.closest("#reauth") || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (Date.now() - lastContact < STANDING) return;
    const button = event.submitter;
    const send = () => { lastContact = Date.now(); form.requestSubmit(button); };
    event.preventDefault();
    let known = true;
    try { known = await alive(); } catch { /* no answer: let the browser try, and say what it finds */ }
    if (known) send(); else askPassword(send);
  });

  /* ----- A form that is sent twice is done once: the same content has the same key while the page stands ----- */
  const sent = new WeakMap();
  document.addEventListener("formdata", ({ target, formData }) => {
    if (target.method !== "post") return;
    const content = JSON.stringify(Array.from(formData, ([name, value]) => [name, value instanceof File ? [value.name, value.size, value.lastModified] : value]));
    if ((sent.get(target) || {}).content !== content) {
      const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
      sent.set(target, { content, key });
    }
    formData.set("idempotency_key", sent.get(target).key);
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) all("form").forEach((form) => sent.delete(form)); });

  /* ----- htmx: errors are said, 409, 412 and 422 bring their own part of the page ----- */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const html = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/html");
    if ([409, 412, 422].includes(xhr.status) && html) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, successful } = event.detail;
    if (successful) { lastContact = Date.now(); const notes = document.getElementById("page-notes"); if (notes && event.detail.requestConfig.verb !== "get") notes.replaceChildren(); }
    if (xhr && needsLogin(xhr.status, xhr.getResponseHeader("X-Portal-Login"))) {
      const cause = event.detail.requestConfig.triggeringEvent;
      askPassword(() => htmx.trigger(event.detail.elt, cause ? cause.type : "submit"));
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    if (needsLogin(xhr.status, xhr.getResponseHeader("X-Portal-Login"))) return;
    const plain = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    complain(plain && xhr.responseText ? xhr.responseText : "没有办成。刷新页面再试一次。");
  });
  document.addEventListener("htmx:sendError", () => complain("没有连上服务器，刚才的改动没有保存。网络恢复后再试一次。"));
  document.addEventListener("htmx:afterSwap", showAllPicked);

  /* For sheet.js and other scripts of the portal. */
  window.portal = Object.assign(window.portal || {}, { toast, complain, askPassword, needsLogin });
})();
