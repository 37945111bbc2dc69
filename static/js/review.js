/* The province's desk: marking cells to give back, deciding by keyboard, and copying a reminder. */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  /* ----- A text to take away. The clipboard API wants https, which an intranet may not have. ----- */
  all("[data-copy]").forEach((button) => {
    const text = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", async () => {
      text.select();
      let copied = false;
      try { await navigator.clipboard.writeText(text.value); copied = true; } catch { copied = document.execCommand("copy"); }
      if (copied) portal.toast({ text: "已复制" }); else portal.showError("浏览器没有复制成。文字已选中，按 Ctrl+C。");
    });
  });

  /* ----- One round under review ----- */
  const form = document.getElementById("review");
  if (!form) return;
  const giveBack = one("[data-give-back]", form), accept = one("[data-accept]", form), why = one("#why", form), no = one("#no", form);
  const refused = accept.disabled ? no.textContent : "";
  const boxes = () => all("input[name=pick]", form);
  const rows = () => boxes().map((box) => box.closest("tr")).filter((row) => row.offsetParent);

  const update = () => {
    const picked = boxes().filter((box) => box.checked);
    boxes().forEach((box) => box.closest("tr").setAttribute("aria-selected", String(box.checked)));
    one("#picked", form).hidden = !picked.length;
    one("[data-picked-count]", form).textContent = picked.length;
    one("[data-picked-list]", form).replaceChildren(...picked.map((box) => {
      const chip = document.createElement("span");
      const off = document.createElement("button");
      chip.className = "chip";
      chip.textContent = `${box.dataset.cell} `;
      off.type = "button";
      off.className = "link-btn";
      off.textContent = "取消";
      off.setAttribute("aria-label", `取消 ${box.dataset.cell}`);
      off.addEventListener("click", () => { box.checked = false; update(); });
      chip.append(off);
      return chip;
    }));
    giveBack.textContent = picked.length ? `退回修改（${picked.length} 格）` : "退回修改";
    accept.disabled = Boolean(refused) || picked.length > 0;
    no.textContent = refused || (picked.length ? `还不能核定：已标 ${picked.length} 格退回。` : "");
    if (accept.disabled) accept.setAttribute("aria-describedby", "no"); else accept.removeAttribute("aria-describedby");
  };
  form.addEventListener("change", update);
  form.addEventListener("submit", (event) => {
    if (event.submitter === giveBack && !why.value.trim()) {
      event.preventDefault();
      no.textContent = "写明退回原因。";
      why.focus();
    }
  });

  /* What is within range is one line that unfolds. */
  const rest = document.getElementById("rest"), offer = document.getElementById("rest-offer");
  if (rest) {
    rest.hidden = true;
    offer.hidden = false;
    one("button", offer).addEventListener("click", () => { rest.hidden = false; offer.hidden = true; });
  }

  let currentRow = null;
  const selectRow = (row) => {
    if (!row) return;
    if (currentRow) currentRow.removeAttribute("aria-current");
    currentRow = row;
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && event.ctrlKey && !accept.disabled) { event.preventDefault(); form.requestSubmit(accept); return; }
    if (event.target.closest("textarea, input:not([type=checkbox]), select, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
    const shown = rows();
    const at = shown.indexOf(currentRow);
    const key = event.key.toLowerCase();
    if (key === "j") selectRow(shown[Math.min(at + 1, shown.length - 1)]);
    if (key === "k") selectRow(shown[Math.max(at - 1, 0)]);
    if (key === "x" && currentRow) { const box = one("input[name=pick]", currentRow); box.checked = !box.checked; update(); }
  });
  update();
})();
