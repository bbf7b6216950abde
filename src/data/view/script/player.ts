/** The page's script, part 2: the slider, playing, keys, and the pictures of the cameras. */
export const PLAYER = `
const slider = byId('slider');
let playing = 0;

function pause() {
  cancelAnimationFrame(playing);
  playing = 0;
  byId('play').textContent = '▶';
  byId('play').setAttribute('aria-label', 'play');
}
function play() {
  if (row === last) moveTo(0);
  byId('play').textContent = '❚❚';
  byId('play').setAttribute('aria-label', 'pause');
  let before = performance.now();
  let seconds = times[row];
  const step = (now) => {
    seconds += ((now - before) / 1000) * Number(byId('speed').value);
    before = now;
    moveToTime(seconds);
    if (seconds >= duration) pause();
    else playing = requestAnimationFrame(step);
  };
  playing = requestAnimationFrame(step);
}
byId('play').addEventListener('click', () => (playing ? pause() : play()));
slider.addEventListener('input', () => {
  pause();
  moveTo(Number(slider.value));
});

const second = Math.max(1, Math.round(last / duration));
const keys = {
  ArrowLeft: (event) => moveTo(row - (event.shiftKey ? second : 1)),
  ArrowRight: (event) => moveTo(row + (event.shiftKey ? second : 1)),
  Home: () => moveTo(0),
  End: () => moveTo(last),
};
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(SELECT|INPUT|SUMMARY|BUTTON)$/.test(event.target.tagName) && event.target !== slider && event.target.id !== 'play') return;
  if (event.key === ' ') {
    event.preventDefault();
    if (playing) pause();
    else play();
  } else if (keys[event.key]) {
    event.preventDefault();
    pause();
    keys[event.key](event);
  }
});

follow(() => {
  slider.value = row;
  slider.setAttribute('aria-valuetext', times[row].toFixed(2) + ' seconds');
  byId('time').textContent = times[row].toFixed(2) + ' s';
  byId('frame').textContent = 'frame ' + row + ' of ' + last;
  const task = data.tasks.findLast((one) => one.row <= row);
  const now = byId('instruction');
  if (now && task) now.textContent = task.text;
});

data.cameras.forEach((camera, i) => {
  const figure = document.querySelector('[data-camera="' + i + '"]');
  const picture = figure.querySelector('img');
  if (!picture) return;
  const caption = figure.querySelector('[data-caption]');
  follow(() => {
    const frame = camera.frames[sample];
    picture.hidden = !frame;
    if (frame && picture.src !== frame) picture.src = frame;
    caption.textContent = frame ? 'frame ' + data.samples[sample] : 'no picture';
  });
});
`;
