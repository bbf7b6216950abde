/**
 * The page's script, part 1: its data, the row that the cursor is at, and what all drawings need.
 *
 * Scripts of a page are texts, since a compiled function can't be taken out of its module: bundlers and loaders add helpers to it.
 * They are plain JavaScript without backticks, and put text into the page by `textContent` only.
 */
export const BASE = String.raw`
const data = JSON.parse(document.getElementById('data').textContent);
const byId = (id) => document.getElementById(id);
const floats = (packed) => new Float32Array(Uint8Array.from(atob(packed), (c) => c.charCodeAt(0)).buffer);
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

const times = floats(data.times);
const last = data.rows - 1;
const duration = times[last] || 1;
/** Where a row is on the axis of time, 0 to 1. */
const fractionOf = (row) => times[clamp(row, 0, last)] / duration;

/** The nearest position in increasing values. */
function nearest(values, value) {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low > 0 && value - values[low - 1] <= values[low] - value ? low - 1 : low;
}

// The cursor: a row, and the sample nearest to it.
let row = 0;
let sample = 0;
const followers = [];
/** Calls a function now and whenever the cursor moves. */
const follow = (draw) => followers.push(draw);
function moveTo(next) {
  row = clamp(Math.round(next), 0, last);
  sample = nearest(data.samples, row);
  document.documentElement.style.setProperty('--at', fractionOf(row));
  for (const draw of followers) draw();
}
const moveToTime = (seconds) => moveTo(nearest(times, seconds));

/** An element with attributes and children; text is text. */
function make(name, attributes, ...children) {
  const element = /^(svg|path|line|rect)$/.test(name) ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Round numbers between two, about as many as wanted. */
function ticks(low, high, wanted) {
  const rough = (high - low) / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
  return { step, values: found };
}
const places = (step) => {
  const digits = -Math.floor(Math.log10(step) + 1e-9);
  // A step of 0.25 has one digit more than one of 0.2.
  const whole = step * 10 ** digits;
  return clamp(Math.abs(whole - Math.round(whole)) > 1e-6 ? digits + 1 : digits, 0, 8);
};
const minus = (text) => (/^-0(\.0*)?$/.test(text) ? text.slice(1) : text).replace('-', '−');
const fixed = (value, digits) => (Number.isFinite(value) ? minus(value.toFixed(digits)) : '–');
const label = (value, step) => (Math.abs(value) >= 1e5 ? value.toExponential(1) : minus(value.toFixed(places(step))));
/** A value to read: as many digits as tell it apart within its range. */
const reading = (value, range) => (Number.isFinite(value) ? minus(value.toFixed(clamp(3 - Math.ceil(Math.log10(range[1] - range[0])), 0, 6))) : 'missing');

/** Path of a line through points (x from 0 to 1); it is interrupted where a value is missing. With 'high', from low to high at each. */
function linePath(xs, low, high, range) {
  const y = (value) => (100 * (1 - (value - range[0]) / (range[1] - range[0]))).toFixed(2);
  let path = '';
  let pen = 'M';
  for (let i = 0; i < low.length; i++) {
    if (!Number.isFinite(low[i])) {
      pen = 'M';
      continue;
    }
    const x = (1000 * xs[i]).toFixed(1);
    path += pen + x + ' ' + y(low[i]);
    if (high && high[i] !== low[i]) path += 'L' + x + ' ' + y(high[i]);
    // A point on its own is a dot.
    else if (pen === 'M' && !Number.isFinite(low[i + 1])) path += 'h0';
    pen = 'L';
  }
  return path;
}

/** The values of some arrays together: the least and the greatest finite one. */
function extent(arrays) {
  let [low, high] = [Infinity, -Infinity];
  for (const values of arrays) for (const value of values || []) if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low <= high ? [low, high] : [0, 1];
}

/** A plot: axes and lines. 'draw' puts lines and gaps into it, 'x' is the axis in units of its own. */
function plot(x) {
  const svg = make('svg', { viewBox: '0 0 1000 100', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  const area = make('div', { class: 'area' }, svg);
  const root = make('div', { class: 'plot' }, area);
  const span = x.to - x.from;
  const across = ticks(x.from, x.to, x.ticks || 4);
  function draw(range, lines, gaps) {
    svg.replaceChildren();
    for (const old of root.querySelectorAll('span')) old.remove();
    for (const value of across.values) {
      const at = (value - x.from) / span;
      svg.append(make('line', { class: 'grid', x1: 1000 * at, x2: 1000 * at, y1: 0, y2: 100 }));
      const text = make('span', { class: 'x', style: '--x:' + at }, label(value, across.step));
      if (at < 0.95) area.append(text);
    }
    const up = ticks(range[0], range[1], 4);
    for (const value of up.values) {
      const at = 1 - (value - range[0]) / (range[1] - range[0]);
      svg.append(make('line', { class: 'grid', x1: 0, x2: 1000, y1: 100 * at, y2: 100 * at }));
      area.append(make('span', { class: 'y', style: '--y:' + at }, label(value, up.step)));
    }
    area.append(make('span', { class: 'unit' }, x.unit));
    for (const [from, to] of gaps || []) svg.append(make('rect', { class: 'gap', x: 1000 * from, width: Math.max(4, 1000 * (to - from)), y: 0, height: 100 }));
    for (const line of lines) svg.append(make('path', { class: 'line ' + line.class, d: linePath(line.x, line.low, line.high, range) }));
  }
  return { root, area, draw };
}

/** Moves the cursor along with the pointer over a plot of the whole episode. */
function seekOver(area) {
  const seek = (event) => {
    const box = area.getBoundingClientRect();
    moveToTime(duration * clamp((event.clientX - box.left) / box.width, 0, 1));
  };
  area.append(make('i', { class: 'cursor' }));
  area.addEventListener('pointermove', (event) => {
    pause();
    seek(event);
  });
  area.addEventListener('pointerdown', seek);
}

/** The colours of the theme by name; asked for again when it changes. */
let theme = {};
const themed = [];
function readTheme() {
  const style = getComputedStyle(document.documentElement);
  theme = Object.fromEntries(['ink', 'soft', 'line', 'card', 'left', 'right', 'either', 'left-early', 'right-early', 'either-early', 'low', 'middle', 'high'].map((name) => [name, style.getPropertyValue('--' + name).trim()]));
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  readTheme();
  for (const draw of themed) draw();
});
const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
/** A colour between two, 0 to 1. */
const mix = (a, b, t) => {
  const [from, to] = [channels(a), channels(b)];
  return 'rgb(' + from.map((c, i) => Math.round(c + (to[i] - c) * t)).join(' ') + ')';
};

/** A canvas, cleared, in pixels of the page; undefined where it is not shown. */
function canvasOf(canvas) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (width === 0) return undefined;
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}
`;
