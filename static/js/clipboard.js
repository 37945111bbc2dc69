/* What a spreadsheet puts on the clipboard, as rows of cells, and why it does not fit where it is to go. */
(() => {
  "use strict";
  /* A cell with a break, a tab or quotes in it stands in quotes, its own doubled; what only looks so is taken as it is. */
  const CELL = /"([^"]*(?:""[^"]*)*)"(?=[\t\n]|$)|[^\t\n]*/y;

  /* Text → rows of texts. A break or tab inside a cell becomes one blank. */
  const parse = (text) => {
    const all = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    const rows = [[]];
    for (let at = 0; ; at += 1) {
      CELL.lastIndex = at;
      const [plain, quoted] = CELL.exec(all);
      const cell = quoted === undefined ? plain : quoted.replace(/""/g, '"').replace(/[\t\n]+/g, " ");
      rows[rows.length - 1].push(cell.trim());
      at = CELL.lastIndex;
      if (at >= all.length) return rows;
      if (all[at] === "\n") rows.push([]);
    }
  };

  /* Why the block is not pasted, or "". `width`, `height`: what can be typed in from the cell in hand on, to the right
     and downwards; `gap`: whether rows in between are hidden. A blank margin of the block runs over nothing. */
  const refusalReason = (block, { width, height, gap }) => {
    const uneven = block.findIndex((cells) => cells.length !== block[0].length);
    const again = "没有粘贴。核对起点和复制的范围，再粘贴。";
    if (uneven > 0) return `第 ${uneven + 1} 行有 ${block[uneven].length} 格，第 1 行有 ${block[0].length} 格，各行不齐。${again}`;
    if (block.some((cells) => cells.slice(width).some(Boolean))) return `有 ${block[0].length} 列，从这一格向右只有 ${width} 列可填。${again}`;
    if (block.slice(height).flat().some(Boolean)) return `有 ${block.length} 行，从这一格向下只有 ${height} 行。${again}`;
    if (gap && block.length > 1) return "筛选后中间有行没有显示，没有粘贴。先选“全部”，再粘贴。";
    return "";
  };

  /* Why a block that runs over this locked cell is not pasted, or "" where there is none. */
  const lockedReason = (cell) => (cell ? `${cell.id.slice(2)} 是锁定的，现为${cell.textContent.trim() ? `“${cell.textContent.trim()}”` : "空白"}。没有粘贴。分开粘贴，避开这一格。` : "");

  window.portal = Object.assign(window.portal || {}, { clipboard: { parse, refusalReason, lockedReason } });
})();
