/**
 * The script of a report: videos that play while they are in sight, predicted paths over them, latent tokens below them. A text, as the
 * scripts of other pages are (`data/view/script/base.ts` says why): plain JavaScript without backticks.
 */
export const REPORT_SCRIPT = `
(() => {
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
const COLOURS = { left: [53, 176, 255], right: [255, 122, 26] };

/** Neighbouring entries get colours that are far apart: turns by the golden angle. */
const colourOf = (entry) => 'hsl(' + ((entry * 137.508) % 360) + ' ' + (34 + (entry * 29) % 22) + '% ' + (42 + (entry * 17) % 26) + '%)';

function drawTokens(canvas, film) {
  const { predictions, steps } = film;
  const rows = Math.max(0, ...predictions.map((one) => one.latents.length));
  canvas.width = Math.max(1, steps);
  canvas.height = Math.max(1, rows);
  const g = canvas.getContext('2d');
  predictions.forEach(({ step, latents }, i) => {
    const end = i + 1 < predictions.length ? predictions[i + 1].step : steps;
    latents.forEach((entry, row) => {
      g.fillStyle = colourOf(entry);
      g.fillRect(step, row, end - step, 1);
    });
  });
  return rows;
}

/** A path in the head's picture: what is carried out is wide, the rest thin and fading; a dot where the tool is to be now. */
function drawPath(g, points, colour, side, left, now) {
  const at = (i) => [left + points[i][0] * side, points[i][1] * side];
  const rgba = (alpha) => 'rgba(' + colour.join(',') + ',' + alpha + ')';
  const last = points.length - 1;
  const carried = Math.min(data.replan, last);
  const unit = side / 220;
  g.lineCap = g.lineJoin = 'round';
  const stroke = (from, to, width, style) => {
    g.beginPath();
    g.moveTo(...at(from));
    for (let i = from + 1; i <= to; i++) g.lineTo(...at(i));
    g.lineWidth = width * unit;
    g.strokeStyle = style;
    g.stroke();
  };
  stroke(0, carried, 5, 'rgba(0,0,0,.4)');
  for (let i = last - 1; i >= carried; i--) {
    const alpha = 0.95 - 0.65 * ((i - carried) / Math.max(1, last - carried));
    stroke(i, i + 1, 3, 'rgba(0,0,0,' + 0.25 * alpha + ')');
    stroke(i, i + 1, 1.6, rgba(alpha));
  }
  stroke(0, carried, 3, rgba(1));
  const ring = (i, radius, fill) => {
    g.beginPath();
    g.arc(...at(i), radius * unit, 0, 7);
    g.fillStyle = fill;
    g.fill();
    g.lineWidth = 1.6 * unit;
    g.strokeStyle = rgba(1);
    g.stroke();
  };
  for (let i = carried; i <= last; i += 5) if (points[i][2] < 0.5) ring(i, 1.6, '#fff');
  const here = Math.min(now, last);
  ring(here, 3.6, points[here][2] < 0.5 ? '#fff' : rgba(0.35));
}

/** A place that is aimed at: a cross with a gap in its middle, the fainter the less sure. */
function drawAim(g, { x, y, seen }, colour, side, left) {
  const [at, down, unit] = [left + x * side, y * side, side / 220];
  const cross = (width, style) => {
    g.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      g.moveTo(at + 4 * dx * unit, down + 4 * dy * unit);
      g.lineTo(at + 11 * dx * unit, down + 11 * dy * unit);
    }
    g.lineWidth = width * unit;
    g.strokeStyle = style;
    g.stroke();
  };
  g.lineCap = 'round';
  cross(4.4, 'rgba(0,0,0,' + 0.5 * seen + ')');
  cross(2.4, 'rgba(' + colour.map((part) => Math.round(0.4 * part + 153)).join(',') + ',' + seen + ')');
}

function drawScreen(canvas, film, step) {
  const box = canvas.getBoundingClientRect();
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(box.width * scale), Math.round(box.height * scale)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const g = canvas.getContext('2d');
  g.clearRect(0, 0, width, height);
  let one;
  for (const prediction of film.predictions) if (prediction.step <= step) one = prediction;
  if (!one) return;
  const side = width / film.views.length;
  for (const aim of one.aims) {
    const view = film.views.indexOf(aim.view);
    if (view >= 0 && aim.seen > 0.5) drawAim(g, aim, COLOURS[aim.arm], side, view * side);
  }
  if (film.head < 0) return;
  g.save();
  g.beginPath();
  g.rect(film.head * side, 0, side, height);
  g.clip();
  for (const [arm, points] of Object.entries(one.paths)) {
    if (points.length > 0) drawPath(g, points, COLOURS[arm], side, film.head * side, Math.round(step - one.step));
  }
  g.restore();
}

for (const figure of document.querySelectorAll('[data-film]')) {
  const film = data.films[figure.dataset.film];
  const video = figure.querySelector('video');
  const [screen, tokens] = figure.querySelectorAll('canvas');
  const strip = figure.querySelector('.strip');
  const slider = figure.querySelector('input');
  if (drawTokens(tokens, film) === 0) strip.classList.add('bare');
  let halted = calm;

  const show = (seconds) => {
    const step = Math.min(Math.floor(seconds * data.rate + 0.01), film.steps);
    strip.style.setProperty('--at', Math.min(seconds * data.rate / film.steps, 1));
    if (document.activeElement !== slider || !video.paused) slider.value = step;
    drawScreen(screen, film, step);
  };
  const bytes = Uint8Array.from(atob(film.video), (c) => c.charCodeAt(0));
  film.video = '';
  video.src = URL.createObjectURL(new Blob([bytes], { type: 'video/mp4' }));
  const loop = () => {
    show(video.currentTime);
    if (!video.paused) requestAnimationFrame(loop);
  };
  // Browsers may refuse to play what nobody has clicked on.
  const play = () => video.play().catch(() => undefined);
  const toggle = () => {
    halted = !video.paused;
    if (video.paused) play();
    else video.pause();
  };
  video.addEventListener('play', () => {
    figure.classList.add('playing');
    loop();
  });
  video.addEventListener('pause', () => figure.classList.remove('playing'));
  for (const event of ['seeked', 'loadeddata']) video.addEventListener(event, () => show(video.currentTime));
  figure.querySelector('.screen').addEventListener('click', toggle);
  video.addEventListener('keydown', (event) => {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    toggle();
  });
  slider.addEventListener('input', () => {
    halted = true;
    video.pause();
    // The middle of the frame's time: at its beginning, players may show the one before.
    video.currentTime = (Number(slider.value) + 0.5) / data.rate;
    show(video.currentTime);
  });
  new ResizeObserver(() => show(video.currentTime)).observe(screen);
  new IntersectionObserver(([{ isIntersecting }]) => {
    if (isIntersecting && !halted) play();
    else if (!isIntersecting && !video.paused) video.pause();
  }, { threshold: 0.35 }).observe(figure);
}

const choices = [...document.querySelectorAll('[data-show]')];
function choose(kind) {
  for (const button of choices) button.setAttribute('aria-pressed', button.dataset.show === kind);
  for (const figure of document.querySelectorAll('[data-film]')) {
    figure.hidden = kind !== 'all' && !figure.dataset.kinds.split(' ').includes(kind);
  }
}
for (const button of choices) button.addEventListener('click', () => choose(button.dataset.show));
choose('all');
})();
`;
