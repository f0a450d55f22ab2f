/* A line chart as SVG text: log scale along x, linear or log along y. */
const WIDTH = 640;
const HEIGHT = 320;
const LEFT = 70;
const RIGHT = 150;
const TOP = 40;
const BOTTOM = 50;
const COLOURS = ["#0b62a4", "#c2410c", "#3f6212", "#7e22ce"];

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function label(value) {
  if (value >= 1e6) return `${+(value / 1e6).toPrecision(3)}M`;
  if (value >= 1e3) return `${+(value / 1e3).toPrecision(3)}k`;
  return `${+value.toPrecision(3)}`;
}

/**
 * @param series `[{ name, points: [[x, y], …] }]`, x above 0
 * @param logY for costs that grow over several orders of magnitude
 */
export function plot({ title, x, y, series, logY = false }) {
  const xs = series.flatMap(({ points }) => points.map(([value]) => value));
  const ys = series.flatMap(({ points }) => points.map(([, value]) => value));
  const [minX, maxX] = [Math.log10(Math.min(...xs)), Math.log10(Math.max(...xs))];
  const low = logY ? Math.floor(Math.log10(Math.min(...ys))) : 0;
  const high = logY ? Math.ceil(Math.log10(Math.max(...ys))) : niceCeiling(Math.max(...ys));
  const px = (value) =>
    LEFT + ((Math.log10(value) - minX) / (maxX - minX || 1)) * (WIDTH - LEFT - RIGHT);
  const py = (value) =>
    HEIGHT -
    BOTTOM -
    (((logY ? Math.log10(value) : value) - low) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
  const ticksX = [...new Set(xs)].sort((a, b) => a - b);
  const ticksY = logY
    ? Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i))
    : Array.from({ length: 5 }, (_, i) => (high * i) / 4);
  const at = (value) => value.toFixed(1);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="15">${escape(title)}</text>`,
    ...ticksY.map(
      (value) =>
        `<path d="M${LEFT} ${at(py(value))}H${WIDTH - RIGHT}" stroke="#ddd"/><text x="${LEFT - 8}" y="${at(py(value) + 4)}" text-anchor="end">${label(value)}</text>`,
    ),
    ...ticksX.map(
      (value) =>
        `<text x="${at(px(value))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label(value)}</text>`,
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escape(x)}</text>`,
    `<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escape(y)}</text>`,
  ];
  series.forEach(({ name, points }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const path = points
      .map(([a, b], i) => `${i === 0 ? "M" : "L"}${at(px(a))} ${at(py(b))}`)
      .join("");
    parts.push(`<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const [a, b] of points)
      parts.push(`<circle cx="${at(px(a))}" cy="${at(py(b))}" r="3" fill="${colour}"/>`);
    parts.push(
      `<text x="${WIDTH - RIGHT + 12}" y="${TOP + 10 + index * 18}" fill="${colour}">${escape(name)}</text>`,
    );
  });
  return `${parts.join("\n")}\n</svg>\n`;
}

function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}
