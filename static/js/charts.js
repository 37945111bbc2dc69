/* Draws what hunan_trade/ui/chart_data.py describes. <div class="plot" data-chart="ID of the json_script">.
   Colours and fonts come from tokens.css; numbers are printed as the server spelled them.
   ECharts' HTML tooltip needs style attributes, which the CSP forbids: tooltips are drawn on the canvas (richText). */
(() => {
  "use strict";
  const styles = getComputedStyle(document.documentElement);
  const token = (name) => styles.getPropertyValue(name).trim();
  const font = token("--font-sans");
  const type = (colour = "--ink-2", size = 12) => ({ fontFamily: font, fontSize: size, color: token(colour) });

  echarts.registerTheme("portal", {
    textStyle: type(),
    animation: false,
    categoryAxis: { axisLine: { lineStyle: { color: token("--line-3") } }, axisTick: { show: false }, axisLabel: type("--ink-3"), splitLine: { show: false } },
    valueAxis: { axisLine: { show: false }, axisLabel: type("--ink-3"), splitLine: { lineStyle: { color: token("--line") } } },
  });
  const tooltip = {
    renderMode: "richText", confine: true, padding: 8, borderWidth: 1,
    backgroundColor: token("--surface"), borderColor: token("--line-2"), textStyle: type("--ink"),
  };

  /* Roles, in the order they are painted. */
  const STROKE = {
    last: { color: "--s-last", label: "--ink-3", width: 2, z: 2 },
    path: { color: "--s-path", label: "--ink", width: 1, dash: [4, 3], z: 3 },
    need: { color: "--s-path", label: "--ink", width: 1, dash: [4, 3], z: 3 },
    projection: { color: "--s-proj", label: "--accent", width: 2, dash: "dotted", z: 3 },
    unaccepted: { color: "--s-now", label: "--accent", width: 2, dash: [2, 2], z: 4, mark: "emptyCircle" },
    suspect: { color: "--bad", label: "--bad", width: 2, z: 5, mark: "diamond" },
    now: { color: "--s-now", label: "--accent", width: 3, z: 6, mark: "circle" },
  };
  const BARS = ["now", "unaccepted", "suspect"];
  const spelled = (point) => (point ? { value: Number(point.v), text: point.t } : null);
  const lastIndex = (points) => points.reduce((found, point, i) => (point ? i : found), -1);

  /* A line carries its name and value at its end, so there is no legend to look up. ECharts shows a point's label only
     where it draws a symbol, so lines that reach the right edge use endLabel, those that stop on the way a point's label. */
  function line(series, data) {
    const stroke = STROKE[series.role];
    const last = lastIndex(series.points);
    const stops = last < data.labels.length - 1;
    const steps = data.kind === "steps";
    const bars = data.kind === "bars";
    const words = last < 0 ? "" : `${series.name} ${series.points[last].t}`;
    const weight = series.role === "now" ? 600 : 400;
    const beside = { show: !steps, formatter: words, fontWeight: weight, ...type(stroke.label) };
    return {
      name: series.name, type: "line", step: steps ? "end" : false, z: stroke.z,
      data: series.points.map((point, i) => {
        const item = spelled(point);
        if (item && steps) item.label = { show: true, formatter: point.t, position: "top", ...type() };
        else if (item && stops && i === last && series.role !== "unaccepted") item.label = { ...beside, position: "bottom", align: "left", distance: 6 };
        return item;
      }),
      endLabel: stops ? undefined
        /* Bars leave no room at the right: the words stand on the line, the needed pace above it, last year below. */
        : bars ? { ...beside, formatter: series.role === "need" ? words : series.name, align: "right", verticalAlign: "top", offset: [0, series.role === "need" ? -20 : 5] }
        : { ...beside, distance: 6 },
      symbol: (value, point) => (stroke.mark && (series.role !== "unaccepted" || point.dataIndex === last) ? stroke.mark : "none"),
      showAllSymbol: true,
      symbolSize: series.role === "unaccepted" ? 7 : 5,
      lineStyle: { color: token(stroke.color), width: stroke.width, type: stroke.dash || "solid" },
      itemStyle: { color: token(stroke.color) },
      labelLayout: bars ? undefined : { moveOverlap: "shiftY" },
    };
  }

  function bar(series, data) {
    const hollow = series.role === "unaccepted";
    const colour = token(STROKE[series.role].color);
    return {
      name: series.name, type: "bar", stack: "bars", barWidth: "52%", z: 1,
      data: series.points.map(spelled),
      itemStyle: hollow ? { color: token("--surface"), borderColor: colour, borderType: "dashed" } : { color: colour },
      /* White around the digits: last year's line may cross them. */
      label: { show: data.figures, position: "top", formatter: (p) => p.data.text, textBorderColor: token("--surface"), textBorderWidth: 3, ...type("--ink", 11) },
      labelLayout: { hideOverlap: true },
    };
  }

  /* low and high are one shaded band: an unseen line at low, and the difference stacked on it. */
  function band(low, high) {
    const unseen = { type: "line", stack: "band", stackStrategy: "all", symbol: "none", silent: true, lineStyle: { opacity: 0 }, z: 1 };
    const gap = high.points.map((point, i) => (point && low.points[i] ? Number(point.v) - Number(low.points[i].v) : null));
    return [
      { ...unseen, name: "", data: low.points.map((point) => (point ? Number(point.v) : null)) },
      { ...unseen, name: "", data: gap, areaStyle: { color: token("--s-proj"), opacity: 0.25 } },
    ];
  }

  function plane(data, width) {
    const by = (role) => data.series.find((series) => series.role === role);
    const drawn = data.series.filter((series) => STROKE[series.role]);
    const low = by("low"), high = by("high");
    const names = drawn.filter((series) => lastIndex(series.points) === data.labels.length - 1)
      .map((series) => `${series.name} ${series.points[series.points.length - 1].t}`);
    const tail = data.kind === "lines" ? Math.max(0, ...names.map((name) => Array.from(name).reduce((w, c) => w + (c.charCodeAt(0) > 255 ? 12 : 7), 0))) : 0;
    const series = drawn.map((s) => (data.kind === "bars" && BARS.includes(s.role) ? bar(s, data) : line(s, data)));
    return {
      grid: { left: 8, right: 14 + tail, top: data.figures || data.kind !== "bars" ? 22 : 12, bottom: 4, containLabel: true },
      tooltip: {
        ...tooltip, trigger: "axis", axisPointer: { type: "line", lineStyle: { color: token("--ink-3") } },
        formatter: (points) => [points[0].axisValue, ...points.filter((p) => p.data && p.data.text).map((p) => `${p.seriesName}  ${p.data.text}`)].join("\n"),
      },
      xAxis: {
        type: "category", data: data.labels, boundaryGap: data.kind !== "lines",
        /* Twelve months in half a block: the digits alone still say it, and none is left out. */
        axisLabel: { interval: data.kind === "bars" ? 0 : "auto", hideOverlap: data.kind !== "bars", formatter: (label) => (data.kind === "bars" && width / data.labels.length < 44 ? label.replace(/月$/, "") : label) },
      },
      yAxis: { type: "value", splitNumber: 4 },
      series: low && high ? [...band(low, high), ...series] : series,
    };
  }

  /* The value by hue, the light as shape and figure in the label: it can be read without colours. */
  const MARK = { ok: "●", warn: "▲", bad: "■", off: "○" };
  function cityMap(data) {
    const halo = (colour) => ({ fontSize: 11, color: token(colour), textBorderColor: "#fff", textBorderWidth: 3 });
    const bounds = data.bounds.map(Number);
    const hue = (i) => token(`--m-${i + 1}`);
    const pieces = bounds.length
      ? [{ lt: bounds[0], label: `<${data.bounds[0]}`, color: hue(0) },
        ...bounds.map((bound, i) => (i < bounds.length - 1
          ? { gte: bound, lt: bounds[i + 1], label: data.bounds[i], color: hue(i + 1) }
          : { gte: bound, label: `≥${data.bounds[i]}${data.unit}`, color: hue(i + 1) }))]
      : [{ gte: -Infinity, label: data.unit, color: hue(1) }];
    const rich = { n: { ...type("--ink"), lineHeight: 16 }, v: type("--ink"), ok: halo("--ok"), warn: halo("--warn"), bad: halo("--bad"), off: halo("--ink-3") };
    return {
      tooltip: { ...tooltip, formatter: (p) => (p.data ? `${p.data.words}\n${p.data.text}${data.unit}` : "") },
      visualMap: { type: "piecewise", orient: "horizontal", left: 4, bottom: 2, itemWidth: 14, itemHeight: 10, itemGap: 6, textGap: 4, textStyle: type(), selectedMode: false, pieces, outOfRange: { color: token("--sunken") } },
      series: [{
        type: "map", map: "hunan", nameProperty: "code", left: 6, right: 6, top: 6, bottom: 30, preserveAspect: "contain", aspectScale: 0.88, selectedMode: false,
        data: data.areas.map((area) => ({ name: area.code, words: area.name, value: area.v === null ? NaN : Number(area.v), text: area.t, light: area.light, url: area.url })),
        itemStyle: { borderColor: "#fff", borderWidth: 1.2, areaColor: token("--sunken") },
        label: { show: true, rich, formatter: ({ data: d }) => (d ? `{n|${d.words}}\n${d.light ? `{${d.light}|${MARK[d.light]}} ` : ""}{v|${d.text}}` : "") },
        emphasis: { label: { show: true }, itemStyle: { areaColor: token("--warn-soft") } },
      }],
    };
  }

  let outlines;
  async function draw(place) {
    const data = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    if (data.kind === "map") {
      outlines = outlines || fetch(place.dataset.outlines).then((answer) => answer.json());
      echarts.registerMap("hunan", await outlines);
    }
    const chart = echarts.init(place, "portal", { renderer: "canvas", devicePixelRatio: 2 });
    chart.setOption(data.kind === "map" ? cityMap(data) : plane(data, place.clientWidth));
    chart.on("click", (point) => { if (point.data && point.data.url) window.location.assign(point.data.url); });
    const fit = () => chart.resize();
    window.addEventListener("resize", fit);
    window.addEventListener("beforeprint", fit);
  }

  const drawAll = (root) => root.querySelectorAll("[data-chart]:not([data-drawn])").forEach((place) => { place.dataset.drawn = "1"; draw(place); });
  drawAll(document);
  document.addEventListener("htmx:afterSwap", (event) => drawAll(event.target.parentElement || document));
})();
