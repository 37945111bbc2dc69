/* The grid of a return: typing, pasting, saving row by row, and never losing what was typed.
   An input's defaultValue is what the server has; what differs from it is unsaved. */
(() => {
  "use strict";
  const page = document.getElementById("return-page");
  if (!page) return;
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const table = one(".sheet", page);
  const body = table.tBodies[0];
  const state = document.getElementById("save-state");
  const editable = Boolean(page.dataset.rows);
  const sheet = page.dataset.sheet;
  const inputsOf = (row) => all("input", row);
  const visibleRows = () => Array.from(body.rows).filter((row) => !row.hidden);
  const rowOf = (key) => Array.from(body.rows).find((row) => row.dataset.key === key);

  /* ----- Figures while they are typed; the server's answer replaces them ----- */
  const MOVED = 15;
  const { parserFor, formatAmount, formatSigned, percentChange, total } = portal.numbers;
  const parseNumber = editable ? parserFor(JSON.parse(page.dataset.numbers)) : null;
  const read = (input) => parseNumber(input.name, input.value);
  const inMoney = (place) => place.dataset.money !== undefined;
  const show = (row, name, text) => { const cell = one(`[data-derived="${name}"]`, row); if (cell) cell.textContent = text; };

  const updateDerived = (row) => {
    all("input[inputmode]", row).forEach((input) => {
      const value = read(input);
      input.parentElement.dataset.shown = value === null ? input.value : formatAmount(value, inMoney(row));
    });
    const parts = all("input[data-month]", row).map(read);
    const sum = parts.length && parts.every((part) => part !== null) ? total(parts) : null;
    const last = row.dataset.last === undefined ? null : Number(row.dataset.last);
    const change = percentChange(sum, last);
    show(row, "sum", formatAmount(sum, inMoney(row)));
    show(row, "yoy", formatSigned(percentChange(sum, row.dataset.base === undefined ? null : Number(row.dataset.base))));
    show(row, "mom", formatSigned(change));
    row.toggleAttribute("data-moved", last === 0 ? sum > 0 : change !== null && Math.abs(change) > MOVED);
  };
  const updateTotals = () => all("[data-sum]", table).forEach((place) => {
    const inputs = place.textContent && all(`input[name="${place.dataset.sum}"]`, body);
    if (!inputs || !inputs.length) return;
    const known = inputs.map(read).filter((value) => value !== null);
    place.textContent = formatAmount(known.length ? total(known) : null, inMoney(page));
  });
  const count = () => ["flagged", "moved"].forEach((name) => {
    const place = one(`[data-count="${name}"]`);
    if (place) place.textContent = all(`tr[data-${name}]`, body).length;
  });

  /* ----- Saving ----- */
  const PAUSE = 1200;
  const AGAIN = [3000, 6000, 15000, 30000];
  const unsaved = new Set();
  const conflicted = new Map(); // rows that somebody else saved meanwhile, until this person has chosen
  const idle = [];
  let sending = false, pause = 0, failures = 0, retry = 0;
  const versions = () => all("input[name=version]").filter((input) => !input.closest(".conflict"));
  let seen = Math.max(0, ...versions().map((input) => Number(input.value))); // the state of the return that this page shows
  let savedMessage = ""; // what was shown when all was saved; it stands only while nothing has been typed since

  const changed = (row) => inputsOf(row).filter((input) => input.value !== input.defaultValue);
  const showState = (kind, text, again) => {
    state.className = `save ${kind}`;
    state.textContent = text;
    if (!again) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link-btn";
    button.textContent = "重试";
    button.addEventListener("click", () => send());
    state.append("，", button, "）");
  };
  const ENDED = "登录已结束，输密码后自动存";
  const showFailure = (why) => showState("bad", `没有保存（${why.replace(/[。；，]+$/, "")}`, true);
  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const runIdleCallbacks = () => { if (!sending && !unsaved.size && !conflicted.size) idle.splice(0).forEach((go) => go()); };

  const queueRow = (row) => {
    if (changed(row).length) unsaved.add(row); else unsaved.delete(row);
    clearTimeout(pause);
    if (unsaved.size) pause = setTimeout(() => send(), PAUSE);
    if (sending || state.matches(".bad")) return;
    if (unsaved.size) showState("", "正在保存…"); else showState("ok", savedMessage);
  };

  const editOf = (row) => {
    const inputs = changed(row);
    const pick = (what) => Object.fromEntries(inputs.map((input) => [input.name, input[what]]));
    return { key: row.dataset.key, version: Number(row.dataset.version), texts: pick("value"), base: pick("defaultValue") };
  };

  /* While an input method composes, what stands in the cell is not typed yet: it is not saved, and no answer that comes
     meanwhile moves anything, for that would end the composing. */
  const afterComposition = [];
  let composing = false;
  const compositionEnd = () => (composing ? new Promise((resolve) => afterComposition.push(resolve)) : null);
  body.addEventListener("compositionstart", () => { composing = true; });
  body.addEventListener("compositionend", (event) => {
    composing = false;
    inputChanged(event.target);
    updateTotals();
    afterComposition.splice(0).forEach((goOn) => goOn());
    runIdleCallbacks();
  });

  /* renewed: the page has just got a token that stands, and does not ask for another. */
  async function send(renewed = false) {
    if (composing) return;
    clearTimeout(pause);
    clearTimeout(retry);
    const rows = Array.from(unsaved).filter((row) => !conflicted.has(row));
    if (sending || !rows.length) return runIdleCallbacks();
    const batch = rows.map(editOf).filter((edit) => Object.keys(edit.texts).length);
    if (!batch.length) { unsaved.clear(); return runIdleCallbacks(); }
    sending = true;
    showState("", "正在保存…");
    let answer, reply;
    try {
      answer = await fetch(page.dataset.rows, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
        body: JSON.stringify({ sheet, rows: batch }),
      });
      reply = await answer.json();
      await compositionEnd();
    } catch {
      await compositionEnd();
      sending = false;
      showFailure("没有连上服务器，会自动再存");
      retry = setTimeout(() => send(), AGAIN[Math.min(failures++, AGAIN.length - 1)]);
      return;
    }
    sending = false;
    failures = 0;
    if (answer.ok) return applySaved(batch, reply);
    if (portal.needsLogin(answer.status, answer.headers.get("X-Portal-Login"))) {
      showFailure(ENDED);
      portal.askPassword(() => send());
    } else if (answer.headers.get("X-Portal-Token") === "stale" && !renewed) {
      portal.sendIfSameUser(() => send(true), { refuse: showFailure, ended: () => showFailure(ENDED) });
    } else if (answer.status === 409 && reply.html) {
      showConflict(reply);
      send();
    } else {
      showFailure(reply.detail || "服务器没有办成");
    }
  }

  const applySaved = (batch, reply) => {
    batch.forEach((edit) => {
      const row = rowOf(edit.key);
      row.dataset.version = reply.versions[edit.key];
      inputsOf(row).forEach((input) => { if (input.name in edit.texts) input.defaultValue = edit.texts[input.name]; });
      if (changed(row).length) { unsaved.add(row); return; } // typed on, or taken back, while it was being saved
      unsaved.delete(row);
      all("[data-derived]", row).forEach((cell, at) => { cell.textContent = reply.derived[edit.key][at]; });
    });
    if (!unsaved.size) all("[data-sum]", table).forEach((place, at) => { place.textContent = reply.sums[at]; });
    const flagged = new Set(reply.flagged);
    Array.from(body.rows).forEach((row) => row.toggleAttribute("data-flagged", flagged.has(row.dataset.key)));
    markFindings(reply.marks);
    Object.entries({ findings: "findings", tabs: "sheet-tabs", left: "return-left", actions: "return-actions" }).forEach(([name, id]) => {
      document.getElementById(id).outerHTML = reply.parts[name].trim();
    });
    if (reply.version <= seen + 1) seen = reply.version; // else somebody saved records that this page does not show
    versions().forEach((input) => { input.value = seen; });
    count();
    if (conflicted.size) showState("bad", "没有保存（别人改过，先选一个）");
    else showState("ok", savedMessage = `已保存 ${reply.saved}`);
    if (unsaved.size) queueRow(Array.from(unsaved)[0]);
    runIdleCallbacks();
  };

  const markFindings = (marks) => {
    all(".f-block, .f-ask, .f-told", body).forEach((cell) => cell.classList.remove("f-block", "f-ask", "f-told"));
    all("input[placeholder], input[aria-describedby]", body).forEach((input) => { input.removeAttribute("placeholder"); input.removeAttribute("aria-describedby"); });
    Object.entries(marks).forEach(([address, [kind, finding, asked]]) => {
      const cell = document.getElementById(`c-${address}`);
      const input = cell && one("input", cell);
      if (!cell) return;
      if (kind) cell.classList.add(`f-${kind}`);
      if (input && finding) input.setAttribute("aria-describedby", finding);
      if (input && asked) input.placeholder = "写明原因";
    });
  };

  /* ----- Somebody else saved the same record: three columns, and a choice ----- */
  const showConflict = (reply) => {
    const row = rowOf(reply.key);
    conflicted.set(row, reply);
    const place = document.createElement("div");
    place.innerHTML = reply.html;
    const box = place.firstElementChild;
    document.getElementById("conflicts").append(box);
    showState("bad", "没有保存（别人改过，先选一个）");
    one("button", box).focus();
    one("form", box).addEventListener("submit", (event) => {
      event.preventDefault();
      const choice = event.submitter.value;
      row.dataset.version = reply.version;
      const mine = changed(row);
      inputsOf(row).forEach((input) => {
        const theirs = reply.texts[input.name] || "";
        if (choice === "theirs" || !mine.includes(input)) input.value = theirs;
        input.defaultValue = theirs;
      });
      conflicted.delete(row);
      box.remove();
      updateDerived(row);
      updateTotals();
      if (changed(row).length) unsaved.add(row); else unsaved.delete(row);
      const first = mine[0] || inputsOf(row)[0];
      first.focus();
      if (choice === "other") first.select();
      else if (unsaved.size) send();
      else { showState("ok", "已用别人保存的"); runIdleCallbacks(); }
    });
  };

  /* ----- Moving about ----- */
  const go = (input) => { if (input) { input.focus(); input.select(); } };
  /* Down the column, over rows in which this cell is locked; or to the next input of the row. */
  const step = (input, down, right) => {
    const row = input.closest("tr");
    if (right) { const inputs = inputsOf(row); go(inputs[inputs.indexOf(input) + right]); return; }
    const rows = visibleRows();
    const at = rows.indexOf(row);
    const onward = down > 0 ? rows.slice(at + 1) : rows.slice(0, at).reverse();
    go(onward.map((other) => one(`input[name="${input.name}"]`, other)).find(Boolean));
  };
  const atEdge = (input, end) => {
    const whole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    return whole || (input.selectionStart === input.selectionEnd && input.selectionStart === (end ? input.value.length : 0));
  };
  const open = () => visibleRows().flatMap(inputsOf).filter((input) => {
    const cell = input.closest("td");
    return cell.matches(".f-block, .f-ask") || (input.dataset.month !== undefined && !input.value);
  });
  const nextFinding = (input) => {
    const cells = open();
    const after = input && cells.find((cell) => input.compareDocumentPosition(cell) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (cells.length) go(after || cells[0]);
    else portal.toast({ text: "本表没有要改的格" });
  };
  const goToCell = (cell) => {
    const place = document.getElementById(`c-${cell}`);
    if (!place) return false;
    if (place.closest("tr").hidden) { one("#sheet-filters input[value=all]").checked = true; filter(); }
    place.scrollIntoView({ block: "nearest" });
    go(one("input", place));
    return true;
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-cell]");
    if (!link || !goToCell(link.dataset.cell)) return;
    event.preventDefault();
    all("a.finding[aria-current]").forEach((other) => other.removeAttribute("aria-current"));
    if (link.matches(".finding")) link.setAttribute("aria-current", "true");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "F8" && !event.isComposing) { event.preventDefault(); nextFinding(event.target.closest(".sheet input")); }
  });

  /* ----- The record in hand: its row, and its twelve months beside ----- */
  let current = null, asking = 0;
  const selectRow = (row) => {
    if (row === current) return;
    if (current) current.classList.remove("cur");
    row.classList.add("cur");
    current = row;
    clearTimeout(asking);
    asking = setTimeout(() => loadHistory(row.dataset.key), 300);
  };
  /* Silent when it fails: the grid goes on without it, and the next row asks again. */
  const loadHistory = async (key) => {
    try {
      const address = `${page.dataset.history}?${new URLSearchParams({ sheet, key })}`;
      const answer = await fetch(address, { headers: { "X-Requested-With": "XMLHttpRequest" } });
      const place = document.getElementById("history");
      if (!answer.ok || current.dataset.key !== key) return;
      place.innerHTML = await answer.text();
      place.dispatchEvent(new CustomEvent("htmx:afterSwap", { bubbles: true })); // charts.js draws what came
    } catch { /* no connection */ }
  };
  body.addEventListener("focusin", (event) => {
    selectRow(event.target.closest("tr"));
    if (event.target.matches("input")) event.target.select();
  });
  /* As in Excel: a click takes the whole cell in hand, also when it is in hand already, so that typing replaces what
     stood there; a double click goes on editing at its end. Where the caret stands, the mouse moves it. */
  const isWholeCellSelected = (input) => input === document.activeElement && input.selectionStart === 0 && input.selectionEnd === input.value.length;
  body.addEventListener("mousedown", (event) => {
    const input = event.target;
    if (!input.matches("input") || (input === document.activeElement && !(isWholeCellSelected(input) && event.detail === 1))) return;
    event.preventDefault();
    input.focus();
  });
  body.addEventListener("dblclick", (event) => {
    const input = event.target;
    if (input.matches("input")) input.setSelectionRange(input.value.length, input.value.length);
  });
  if (!editable) body.addEventListener("click", (event) => { const row = event.target.closest("tr"); if (row) selectRow(row); });

  /* ----- Typing ----- */
  const inputChanged = (input) => { const row = input.closest("tr"); updateDerived(row); queueRow(row); };
  body.addEventListener("input", (event) => { inputChanged(event.target); updateTotals(); count(); });
  body.addEventListener("focusout", (event) => {
    const row = event.target.closest("tr");
    if (unsaved.size && !(event.relatedTarget && row.contains(event.relatedTarget))) send();
  });
  body.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!input.matches("input") || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { Enter: [event.shiftKey ? -1 : 1, 0], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
    if (event.key === "ArrowRight" && atEdge(input, true)) moves.ArrowRight = [0, 1];
    if (event.key === "ArrowLeft" && atEdge(input, false)) moves.ArrowLeft = [0, -1];
    if (moves[event.key]) { event.preventDefault(); step(input, ...moves[event.key]); }
    if (event.key === "Escape" && input.value !== steps.valueAtFocus()) { input.value = steps.valueAtFocus(); inputChanged(input); updateTotals(); input.select(); }
  });

  /* ----- Pasting a block, and taking it back ----- */
  /* Changed by no key: derived figures, the mark, and saving at once. */
  const refresh = (inputs) => {
    new Set(inputs.map((input) => input.closest("tr"))).forEach((row) => { updateDerived(row); queueRow(row); });
    updateTotals();
    count();
    send();
  };

  const steps = portal.enablePasting(body, { visibleRows, refresh });

  /* ----- Which rows are shown ----- */
  const filters = document.getElementById("sheet-filters");
  const search = one("input[type=search]", filters);
  const filter = () => {
    const kind = one("input[name=show]:checked", filters).value;
    const words = search ? search.value.trim() : "";
    Array.from(body.rows).forEach((row) => {
      const named = !words || one(".f2", row).title.includes(words);
      row.hidden = !named || (kind !== "all" && !row.hasAttribute(`data-${kind}`));
    });
  };
  filters.hidden = false;
  filters.addEventListener("input", filter);
  filters.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); const first = visibleRows().flatMap(inputsOf)[0]; if (first) go(first); } });

  /* ----- Leaving: first what is typed, then the way out ----- */
  const after = (leave) => { idle.push(leave); send(); };
  const busy = () => sending || unsaved.size > 0 || conflicted.size > 0;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!busy() || form.closest(".conflict, #reauth")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.submitter && event.submitter.disabled) return;
    after(() => { const fresh = one(`form[action="${form.getAttribute("action")}"]`); if (fresh) fresh.requestSubmit(); });
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !busy() || event.defaultPrevented || link.getAttribute("href").startsWith("#") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    after(() => window.location.assign(link.href));
  });
  window.addEventListener("beforeunload", (event) => { if (busy()) event.preventDefault(); });
  window.addEventListener("online", () => { if (unsaved.size) send(); });
  document.addEventListener("portal-signed-in", () => { if (unsaved.size) send(); });

  const asked = /^#c-([A-Z]+\d+)$/.exec(window.location.hash);
  /* The browser jumps to the address by itself, hides the row below the head and drops the focus: ours comes after. */
  if (asked) window.addEventListener("load", () => requestAnimationFrame(() => { window.scrollTo(0, 0); goToCell(asked[1]); }));
})();
