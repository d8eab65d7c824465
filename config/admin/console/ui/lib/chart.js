import { h, svg } from "./dom.js";
import { count, time } from "./format.js";

/** Horizontal bars with their figures: rows of {name, count, action}. To screen readers it is a table. */
export function bars(caption, rows, empty) {
  if (!rows.length) return h("p.empty", empty);
  const most = Math.max(...rows.map((row) => row.count));
  return h("table.bars", { "aria-label": caption }, // a caption out of the flow would be its first row, and set the widths
    h("tbody", rows.map((row) => h("tr",
      h("th", { scope: "row" }, row.name),
      h("td.meter", meter(row.count / most)), h("td.figure", count(row.count)),
      row.action !== undefined && h("td", row.action)))));
}

function meter(share) {
  return svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { width: Math.max(share * 100, 1), height: 8, rx: 1 }));
}

/** Columns over time: points of {time, count}. */
export function columns(caption, points) {
  const most = Math.max(1, ...points.map((point) => point.count));
  const width = 300 / Math.max(points.length, 1);
  const column = (point, i) => {
    const height = (point.count / most) * 60;
    return svg("rect", { x: i * width + width * 0.1, y: 60 - height, width: width * 0.8, height });
  };
  const chart = svg("svg.columns", { viewBox: "0 0 300 60", preserveAspectRatio: "none", role: "img", "aria-label": caption },
    points.map(column));
  const ends = points.length > 0 && [time(points[0].time), `at most ${count(most)} in 10 seconds`, time(points.at(-1).time)];
  return h("figure", chart, ends && h("figcaption", ends.map((text) => h("span", text))));
}
