/* A block pasted or dropped into the grid, and Ctrl+Z, which takes it back: clipboard.js and undo_stack.js at work on a page. */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  /* body: the rows; refresh(inputs) is told of every change made here. Gives what the cell in hand held when it got the focus. */
  const enablePasting = (body, { visibleRows, refresh }) => {
    let valueAtFocus = "";
    body.addEventListener("focusin", (event) => { valueAtFocus = event.target.value; });
    const undoStack = portal.undoStack();
    const focusedInput = () => (body.contains(document.activeElement) ? document.activeElement : null);
    const recordStep = (input) => {
      undoStack.record([{ input, before: valueAtFocus, after: input.value }]);
      valueAtFocus = input.value;
    };
    const letterOf = (cell) => cell.id.charCodeAt(2); // c-F4
    /* The cells of the workbook's columns from this one on; a locked column ends them. A cell that is locked in its row
       alone keeps its place among them, so that nothing moves over. What only the page has is no column. */
    const cellsToTheRight = (row, letter) => {
      const cells = all("td[id]", row).filter((cell) => letterOf(cell) >= letter);
      const end = cells.findIndex((cell) => !one("input", cell) && cell.dataset.locked === undefined);
      return end < 0 ? cells : cells.slice(0, end);
    };
    /* The first locked cell over which the block has another text than stands there, or undefined. */
    const lockedCell = (targets, block) => targets.flatMap(({ cells }, down) => cells
      .filter((cell, right) => !one("input", cell) && ![undefined, "", cell.textContent.trim()].includes(block[down][right])))[0];
    const pasteBlock = (block, start) => {
      const rows = visibleRows();
      const from = rows.indexOf(start.closest("tr"));
      const letter = letterOf(start.parentElement);
      const targets = rows.slice(from, from + block.length).map((row) => ({ row, cells: cellsToTheRight(row, letter) }));
      const { length } = targets;
      const gap = length > 1 && targets[length - 1].row.rowIndex - targets[0].row.rowIndex >= length;
      const size = { width: targets[0].cells.length, height: rows.length - from, gap };
      const why = portal.clipboard.refusalReason(block, size) || portal.clipboard.lockedReason(lockedCell(targets, block));
      if (why) { portal.showError(why); return; }
      if (focusedInput()) recordStep(focusedInput());
      const changes = targets.flatMap(({ cells }, down) => cells.slice(0, block[down].length)
        .map((cell, right) => ({ input: one("input", cell), after: block[down][right] })))
        .filter(({ input }) => input).map(({ input, after }) => ({ input, before: input.value, after }));
      changes.forEach(({ input, after }) => { input.value = after; });
      undoStack.record(changes);
      if (focusedInput()) valueAtFocus = focusedInput().value;
      document.getElementById("page-notes").replaceChildren();
      refresh(changes.map(({ input }) => input));
      portal.toast({ text: `已粘贴 ${targets.length} 行，按 Ctrl+Z 撤回` });
    };
    /* A single cell goes in where the caret stands, as the browser does it; but a break would be lost and quotes stay. */
    const pasteText = (event, text) => {
      const input = event.target;
      if (!input.matches("input")) return;
      const block = portal.clipboard.parse(text);
      if (block.length === 1 && block[0].length === 1) {
        if (!/["\n]/.test(text.trim())) return;
        event.preventDefault();
        input.focus();
        document.execCommand("insertText", false, block[0][0]);
        return;
      }
      event.preventDefault();
      pasteBlock(block, input);
    };
    body.addEventListener("paste", (event) => pasteText(event, event.clipboardData.getData("text/plain")));
    body.addEventListener("drop", (event) => pasteText(event, event.dataTransfer.getData("text/plain")));
    body.addEventListener("focusout", (event) => { if (event.target.matches("input")) recordStep(event.target); });

    /* What is being typed in the cell in hand the browser itself takes back. */
    document.addEventListener("keydown", (event) => {
      if ((event.key || "").toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
      if (event.shiftKey || event.altKey || event.isComposing) return;
      if (focusedInput() ? focusedInput().value !== valueAtFocus : event.target.closest("input, textarea, select, dialog")) return;
      const undone = undoStack.undo();
      if (!undone.length) return;
      event.preventDefault();
      if (focusedInput()) valueAtFocus = focusedInput().value;
      refresh(undone);
      portal.toast({ text: `已撤回 ${undone.length} 格` });
    });
    return { valueAtFocus: () => valueAtFocus };
  };

  window.portal = Object.assign(window.portal || {}, { enablePasting });
})();
