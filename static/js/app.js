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
  const removeAfterDelay = (line) => {
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
  if (toasts) { toasts.classList.add("floating"); all(".toast-line", toasts).forEach(removeAfterDelay); }

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
    removeAfterDelay(line);
  };
  /* From the server: HX-Trigger: {"portal-toast": {"text": "…", "undo": "/…/"}} (JSON with \u escapes). */
  document.addEventListener("portal-toast", (event) => toast(event.detail));

  /* What failed stays until the next act, above the page or in the dialog that covers it. */
  const showError = (text) => {
    const cover = one("dialog[open]");
    const place = document.getElementById("page-notes");
    if (!cover && !place) return;
    const note = document.createElement("div");
    note.className = "note bad";
    note.setAttribute("role", "alert");
    note.textContent = text;
    if (cover) {
      all(".note", cover).forEach((old) => old.remove());
      one(".block-body", cover).prepend(note);
      cover.addEventListener("close", () => note.remove(), { once: true });
    } else place.replaceChildren(note);
    note.scrollIntoView({ block: "nearest" });
  };

  /* ----- Lists: ticked rows and the bulk bar ----- */
  const updateBulkBar = (bar) => {
    const scope = bar.closest("form") || document;
    const boxes = all("input[name=pick]", scope);
    const ticked = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest("tr").setAttribute("aria-selected", String(box.checked)));
    all("[data-picked]", scope).forEach((place) => { place.textContent = ticked.length; });
    all("[data-pick-all]", scope).forEach((box) => {
      box.checked = ticked.length > 0 && ticked.length === boxes.length;
      box.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
    });
    const focused = bar.contains(document.activeElement);
    bar.hidden = ticked.length === 0;
    if (bar.hidden && focused && boxes.length) boxes[0].focus();
  };
  const updateAllBulkBars = () => all(".bulkbar").forEach(updateBulkBar);
  updateAllBulkBars();
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) {
      const scope = event.target.closest("form") || document;
      all("input[name=pick]", scope).forEach((box) => { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-pick-all], input[name=pick]")) updateAllBulkBars();
  });
  document.addEventListener("reset", () => setTimeout(updateAllBulkBars));

  /* ----- Who is signed in by now ----- */
  const reauth = (one("meta[name=portal-reauth]") || {}).content;
  const person = one("meta[name=portal-user]"); // who opened this page; none where nobody was signed in
  const dialog = document.getElementById("reauth");
  const waiting = [];

  const needsLogin = (status, header) => status === 401 && header === "required";

  const askPassword = (again) => {
    if (!dialog) return;
    waiting.push(again);
    if (!dialog.open) { one("#reauth-error").textContent = ""; dialog.showModal(); one("#reauth-password").focus(); }
  };

  /* Django rotates the token at login: every form on the page and htmx's header must follow. */
  const useCsrfToken = (token) => {
    all("input[name=csrfmiddlewaretoken]").forEach((input) => { input.value = token; });
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  };

  /* The login page and its like, open to everybody: opened anew, it has a token that stands. */
  const csrfTokenOfThisPage = async () => {
    const html = await (await fetch(window.location.href)).text();
    return one("input[name=csrfmiddlewaretoken]", new DOMParser().parseFromString(html, "text/html")).value;
  };

  /* Somebody may have signed in elsewhere with this browser since the page was opened: the token is another one then, and
     the person perhaps too. { token, own: still who opened the page, other: the one who is signed in instead } */
  const currentUser = async () => {
    if (!person) { useCsrfToken(await csrfTokenOfThisPage()); return { own: true }; }
    const answer = await fetch(reauth, { headers: { Accept: "application/json" } });
    const token = answer.headers.get("X-CSRFToken");
    const now = answer.ok ? await answer.json() : null;
    const own = Boolean(now) && now.username === person.content;
    if (own) useCsrfToken(token);
    return { token, own, other: own ? null : now };
  };

  /* Calls `send` once it is sure that whoever opened the page still acts; else says why not, and what was typed stays. */
  const sendIfSameUser = async (send, { refuse = showError, ended = () => {} } = {}) => {
    let here = null;
    try { here = await currentUser(); } catch { /* no answer: the request itself finds out */ }
    if (!here || here.own) send();
    else if (!here.other) { ended(); askPassword(send); }
    else {
      const { name, username } = here.other;
      refuse(`这个浏览器现在登录的是${name}（${username}），不是本页的${person.dataset.name}，没有保存。填的内容还在，换回${person.dataset.name}登录后再办。`);
    }
  };

  /* ----- The session ended: ask for the password here, keep the page as it is ----- */
  if (dialog) {
    dialog.addEventListener("close", () => { one("#reauth-password").value = ""; waiting.length = 0; });
    one("form", dialog).addEventListener("submit", async (event) => {
      event.preventDefault();
      const form = new FormData(event.target);
      const error = one("#reauth-error");
      try {
        form.set("csrfmiddlewaretoken", (await currentUser()).token);
        const answer = await fetch(reauth, { method: "POST", body: form, headers: { Accept: "application/json" } });
        const reply = await answer.json();
        if (!answer.ok) {
          error.textContent = reply.reason || reply.detail;
          if (reply.url) { const link = document.createElement("a"); link.href = reply.url; link.textContent = "去登录页"; error.append(link); }
          return;
        }
        useCsrfToken(reply.csrf);
        const retries = waiting.splice(0);
        dialog.close();
        retries.forEach((retry) => retry());
        document.dispatchEvent(new CustomEvent("portal-signed-in"));
      } catch {
        error.textContent = "没有连上服务器。过一会儿再试。";
      }
    });
  }

  /* A plain form leaves the page, with all that was typed: it does so only once it is sure to be taken. */
  const checking = new WeakSet(), confirmed = new WeakSet();
  document.addEventListener("submit", async (event) => {
    const form = event.target, button = event.submitter;
    if (!reauth || event.defaultPrevented || form.closest("#reauth") || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (confirmed.delete(form)) return;
    event.preventDefault();
    if (checking.has(form)) return;
    checking.add(form);
    await sendIfSameUser(() => { confirmed.add(form); form.requestSubmit(button); confirmed.delete(form); });
    checking.delete(form);
  });
  document.addEventListener("htmx:confirm", (event) => {
    const { verb, issueRequest, triggeringEvent } = event.detail;
    if (!reauth || verb === "get") return;
    event.preventDefault();
    const button = triggeringEvent && triggeringEvent.submitter;
    sendIfSameUser(() => { if (button) button.focus(); issueRequest(true); }); // htmx tells by the focus which button was pressed
  });

  /* ----- A form that is sent twice is done once: the same content has the same key while the page stands ----- */
  const sentKeys = new WeakMap();
  document.addEventListener("formdata", ({ target, formData }) => {
    if (target.method !== "post") return;
    const content = JSON.stringify(Array.from(formData, ([name, value]) => [name, value instanceof File ? [value.name, value.size, value.lastModified] : value]));
    if ((sentKeys.get(target) || {}).content !== content) {
      const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
      sentKeys.set(target, { content, key });
    }
    formData.set("idempotency_key", sentKeys.get(target).key);
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) all("form").forEach((form) => sentKeys.delete(form)); });

  /* ----- What is asked of a list stands in the address: without the filters that are left blank ----- */
  document.addEventListener("formdata", ({ target, formData }) => {
    if (target.method !== "get") return;
    const blank = Array.from(formData.keys()).filter((name) => formData.getAll(name).join("") === "");
    blank.forEach((name) => formData.delete(name));
    if (Array.from(formData.keys()).join() === "view") formData.set("view", "all"); // alone it is the view as saved
  });

  /* ----- htmx: errors are said, 409, 412 and 422 bring their own part of the page ----- */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const html = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/html");
    const placed = xhr.status === 400 && xhr.getResponseHeader("HX-Retarget"); // a list says beside the filters what is wrong
    if (([409, 412, 422].includes(xhr.status) || placed) && html) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, successful } = event.detail;
    if (successful) { const notes = document.getElementById("page-notes"); if (notes && event.detail.requestConfig.verb !== "get") notes.replaceChildren(); }
    if (xhr && needsLogin(xhr.status, xhr.getResponseHeader("X-Portal-Login"))) {
      const cause = event.detail.requestConfig.triggeringEvent;
      askPassword(() => htmx.trigger(event.detail.elt, cause ? cause.type : "submit"));
    }
  });
  /* What a page asks for by itself may not replace a link that was just pressed, and is late once its place is gone. */
  document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
    if (!elt.matches("[hx-trigger=load]")) return;
    elt.addEventListener("htmx:beforeOnLoad", (answer) => {
      if (answer.target === elt && (!elt.isConnected || one(".htmx-request", elt))) answer.preventDefault();
    });
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    if (needsLogin(xhr.status, xhr.getResponseHeader("X-Portal-Login"))) return;
    const plain = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    showError(plain && xhr.responseText ? xhr.responseText : "没有办成。刷新页面再试一次。");
  });
  document.addEventListener("htmx:sendError", () => showError("没有连上服务器，刚才的改动没有保存。网络恢复后再试一次。"));
  document.addEventListener("htmx:afterSwap", updateAllBulkBars);

  /* ----- on a phone the filters of a list are folded, so that its records stand on the first screen ----- */
  const foldFilters = () => {
    if (!matchMedia("(max-width: 640px)").matches) return;
    const unused = all("details.facets").filter((each) => !each.contains(document.activeElement));
    unused.forEach((each) => { each.open = !!one(".field-error", each); });
  };
  document.addEventListener("htmx:afterSwap", foldFilters);
  foldFilters();

  /* For return_grid.js and other scripts of the portal. */
  window.portal = Object.assign(window.portal || {}, { toast, showError, askPassword, sendIfSameUser, needsLogin });
})();
