/* Figures as the check judges them, and spelled as the server spells them. What counts as a number is not decided here:
   the page hands over the patterns of hunan_trade/tabular/column_parsers.py (NOTATION and, a column, NumberParser.valid_number_pattern). */
(() => {
  "use strict";
  const wholeMatch = (pattern) => new RegExp(`^(?:${pattern})$`, "u");

  /* 1.25e3 → 1250. */
  const expandExponent = (text, power) => {
    const found = power.exec(text);
    if (!found) return text;
    const [, sign, mantissa, exponent] = found;
    const [whole, part = ""] = mantissa.split(".");
    const digits = whole + part, point = whole.length + Number(exponent);
    if (point < 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
    return `${sign}${digits.slice(0, point).padEnd(point, "0")}.${digits.slice(point)}`;
  };

  /* (column, text) → number, or null for what the check does not read as one. */
  const parserFor = (rule) => {
    const dropped = new RegExp(rule.dropped, "gu"), blank = new RegExp(`${rule.blank}|[\\p{C}\\p{Z}]`, "gu");
    const twins = new Map(Array.from(rule.wide, (sign, at) => [sign, rule.narrow[at]]));
    const grouped = wholeMatch(rule.grouped), power = wholeMatch(rule.power), accepted = {};
    Object.entries(rule.accepted).forEach(([column, pattern]) => { accepted[column] = wholeMatch(pattern); });
    return (column, text) => {
      const cleaned = text.replace(dropped, "").replace(blank, " ").trim();
      const narrow = Array.from(cleaned, (sign) => twins.get(sign) || sign).join("");
      const plain = expandExponent(grouped.test(narrow) ? narrow.replace(/[, ]/g, "") : narrow, power);
      return accepted[column].test(plain) ? Math.abs(Number(plain)) : null;
    };
  };

  const formatFixed = (value, places) =>
    value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places }).replace("-", "\u2212");
  /* Money in 万 has two decimals, a count none unless it was typed with some. */
  const formatAmount = (value, money) => (value === null ? "—" : formatFixed(value, money || !Number.isInteger(value) ? 2 : 0));
  const formatSigned = (value) => (value === null ? "—" : (value >= 0.05 ? "+" : "") + formatFixed(value, 1));
  const percentChange = (now, base) => (now === null || !base ? null : (now / base - 1) * 100);
  const total = (values) => Math.round(values.reduce((sum, value) => sum + value, 0) * 1e6) / 1e6; // forms take six decimals

  window.portal = Object.assign(window.portal || {}, { numbers: { parserFor, formatAmount, formatSigned, percentChange, total } });
})();
