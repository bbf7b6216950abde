/** The page's script, part 4: the paths of the tools, seen from above, from behind, from the side, and from where one likes. */
export const PATHS = `
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const along = (a, s, b) => [a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]];

if (data.paths) {
  const tools = data.paths.tools.map((tool) => {
    const numbers = floats(tool.points);
    const points = Array.from({ length: numbers.length / 10 }, (_, i) => {
      const [x, y, z, ...rest] = numbers.subarray(10 * i, 10 * i + 10);
      return { position: [x, y, z], y: rest.slice(0, 3), z: rest.slice(3, 6), gripper: rest[6] };
    });
    return { ...tool, points };
  });
  const bounds = [0, 1, 2].map((axis) => extent(tools.map((tool) => tool.points.map((point) => point.position[axis]))));
  const centre = bounds.map(([low, high]) => (low + high) / 2);
  // The glyph of a tool needs some room of its own.
  const size = bounds.map(([low, high]) => high - low + 0.12);
  const glyph = clamp(Math.max(...size) / 7, 0.02, 0.2);
  const orbit = { turn: -2.45, tilt: 0.5, zoom: 1 };

  /** Directions of the screen's right and up. */
  const fixedViews = {
    top: { right: [0, -1, 0], up: [1, 0, 0] },
    rear: { right: [0, -1, 0], up: [0, 0, 1] },
    side: { right: [1, 0, 0], up: [0, 0, 1] },
  };
  const orbitView = () => {
    const back = [Math.cos(orbit.tilt) * Math.cos(orbit.turn), Math.cos(orbit.tilt) * Math.sin(orbit.turn), Math.sin(orbit.tilt)];
    const right = [-Math.sin(orbit.turn), Math.cos(orbit.turn), 0];
    return { right, up: cross(back, right), orbits: true };
  };
  const canvases = Object.fromEntries(['top', 'orbit', 'rear', 'side'].map((name) => [name, document.querySelector('[data-path="' + name + '"]')]));
  const reach = (direction) => Math.abs(direction[0]) * size[0] + Math.abs(direction[1]) * size[1] + Math.abs(direction[2]) * size[2];
  /** Pixels of a metre: the same in the three fixed views, so that they can be compared. */
  const scaleOf = (canvas, view) => Math.min((canvas.clientWidth - 56) / reach(view.right), (canvas.clientHeight - 44) / reach(view.up));
  const common = () => Math.min(...Object.entries(fixedViews).map(([name, view]) => scaleOf(canvases[name], view)));
  // The floor below the paths, of squares with round sides, and the room above it.
  const low = bounds.map((b, i) => b[0] - (i < 2 ? 0.05 : 0.02));
  const { step: square } = ticks(0, Math.max(bounds[0][1] - low[0], bounds[1][1] - low[1]) + 0.05, 6);
  const from = low.map((x, i) => (i < 2 ? Math.floor(x / square) * square : x));
  const to = bounds.map((b, i) => (i < 2 ? Math.ceil((b[1] + 0.05) / square) * square : b[1] + glyph));
  const middle = from.map((x, i) => (x + to[i]) / 2);
  const diagonal = Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]);

  function drawView(name) {
    const view = fixedViews[name] || orbitView();
    const shown = canvasOf(canvases[name]);
    if (!shown) return;
    const { context, width, height } = shown;
    const scale = view.orbits ? (Math.min(width, height * 1.22) / diagonal) * orbit.zoom : common();
    const origin = view.orbits ? middle : centre;
    const [midX, midY] = view.orbits ? [width / 2, height / 2] : [width / 2 + 14, height / 2 - 8];
    const at = (p) => {
      const d = [p[0] - origin[0], p[1] - origin[1], p[2] - origin[2]];
      return [midX + scale * dot(d, view.right), midY - scale * dot(d, view.up)];
    };
    const line = (a, b) => {
      context.beginPath();
      context.moveTo(...at(a));
      context.lineTo(...at(b));
      context.stroke();
    };
    context.font = '11px system-ui, sans-serif';
    context.lineCap = 'round';
    context.lineJoin = 'round';
    if (view.orbits) drawFloor(context, at, line);
    else drawAxes(context, view, { width, height, midX, midY, scale });

    for (const tool of tools) {
      const { points, side } = tool;
      // In strokes of some points each, which is quicker; a stroke has one colour and one width.
      const run = Math.ceil(points.length / 90);
      for (let i = 0; i < points.length - 1; i += run) {
        context.strokeStyle = mix(theme[side + '-early'], theme[side], i / (points.length - 1));
        context.lineWidth = 1.4 + 2.6 * (1 - (points[i].gripper || 0));
        context.beginPath();
        context.moveTo(...at(points[i].position));
        for (let j = i + 1; j <= Math.min(i + run, points.length - 1); j++) context.lineTo(...at(points[j].position));
        context.stroke();
      }
      const [x, y] = at(points[0].position);
      context.strokeStyle = theme[side];
      context.fillStyle = theme.card;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x, y, 4.5, 0, 7);
      context.fill();
      context.stroke();
      const [endX, endY] = at(points.at(-1).position);
      context.fillStyle = theme[side];
      context.strokeStyle = theme.card;
      context.lineWidth = 1.5;
      context.beginPath();
      context.rect(endX - 4.5, endY - 4.5, 9, 9);
      context.fill();
      context.stroke();
    }
    for (const tool of tools) drawTool(context, tool, at, line);
  }

  /** The tool at the cursor, and the chunk that follows. */
  function drawTool(context, tool, at, line) {
    const point = tool.points[clamp(Math.round(row / data.paths.stride), 0, tool.points.length - 1)];
    const anchor = tool.points[clamp(Math.round(data.samples[sample] / data.paths.stride), 0, tool.points.length - 1)];
    context.fillStyle = context.strokeStyle = theme.ink;
    for (const target of chunkTargets(tool.side, anchor)) {
      const [x, y] = at(target);
      context.beginPath();
      context.arc(x, y, 1.3, 0, 7);
      context.fill();
    }
    const tip = along(point.position, glyph, point.z);
    const open = glyph * (0.25 + 0.35 * (point.gripper || 0));
    const [a, b] = [along(point.position, -open, point.y), along(point.position, open, point.y)];
    const strokes = () => {
      line(point.position, tip);
      line(a, b);
    };
    context.strokeStyle = theme.card;
    context.lineWidth = 6;
    strokes();
    context.strokeStyle = theme.ink;
    context.lineWidth = 2.4;
    strokes();
    const [fromX, fromY] = at(point.position);
    const [tipX, tipY] = at(tip);
    const length = Math.hypot(tipX - fromX, tipY - fromY);
    if (length > 8) {
      const [ux, uy] = [(tipX - fromX) / length, (tipY - fromY) / length];
      context.beginPath();
      context.moveTo(tipX + 4 * ux, tipY + 4 * uy);
      context.lineTo(tipX - 5 * ux - 4 * uy, tipY - 5 * uy + 4 * ux);
      context.lineTo(tipX - 5 * ux + 4 * uy, tipY - 5 * uy - 4 * ux);
      context.fill();
      note(context, 'z', tipX + 11 * ux, tipY + 11 * uy);
    }
    const [bX, bY] = at(b);
    const across = Math.hypot(bX - fromX, bY - fromY);
    if (across > 5) note(context, 'y', bX + (8 * (bX - fromX)) / across, bY + (8 * (bY - fromY)) / across);
    context.fillStyle = theme[tool.side];
    context.beginPath();
    context.arc(fromX, fromY, 4, 0, 7);
    context.fill();
  }

  function note(context, text, x, y) {
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.lineWidth = 3;
    context.strokeStyle = theme.card;
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }

  /** Lines at round metres, with the numbers, and the names of the two axes. */
  function drawAxes(context, view, { width, height, midX, midY, scale }) {
    const right = view.right.findIndex((x) => x !== 0);
    const up = view.up.findIndex((x) => x !== 0);
    context.lineWidth = 1;
    const lines = (axis, sign, from, to, horizontal) => {
      const [low, high] = sign > 0 ? [from, to] : [to, from];
      const { step, values } = ticks(Math.min(low, high), Math.max(low, high), Math.max(2, Math.abs(to - from) * scale / 62));
      for (const value of values) {
        const offset = sign * scale * (value - centre[axis]);
        const [x, y] = [midX + offset, midY - offset];
        if (horizontal ? x < 34 || x > width : y < 0 || y > height - 18) continue;
        context.strokeStyle = theme.line;
        context.beginPath();
        context.moveTo(horizontal ? x : 34, horizontal ? 0 : y);
        context.lineTo(horizontal ? x : width, horizontal ? height - 18 : y);
        context.stroke();
        context.fillStyle = theme.soft;
        context.textAlign = horizontal ? 'center' : 'right';
        context.textBaseline = 'middle';
        if (horizontal ? x < width - 34 : y > 20) context.fillText(label(value, step), horizontal ? x : 30, horizontal ? height - 8 : y);
      }
    };
    const [signX, signY] = [view.right[right], view.up[up]];
    lines(right, signX, centre[right] - (signX * midX) / scale, centre[right] + (signX * (width - midX)) / scale, true);
    lines(up, signY, centre[up] - (signY * (height - midY)) / scale, centre[up] + (signY * midY) / scale, false);
    context.fillStyle = theme.ink;
    context.textAlign = 'right';
    context.fillText((signX < 0 ? '← ' : '') + 'xyz'[right] + (signX < 0 ? '' : ' →'), width - 4, height - 8);
    context.fillText('xyz'[up] + ' ↑', 30, 8);
  }

  /** A floor of round metres below the paths, and the directions of the base frame's axes. */
  function drawFloor(context, at, line) {
    context.lineWidth = 1;
    context.strokeStyle = theme.line;
    for (let x = from[0]; x <= to[0] + 1e-9; x += square) line([x, from[1], low[2]], [x, to[1], low[2]]);
    for (let y = from[1]; y <= to[1] + 1e-9; y += square) line([from[0], y, low[2]], [to[0], y, low[2]]);
    for (const tool of tools) {
      const { position } = tool.points[clamp(Math.round(row / data.paths.stride), 0, tool.points.length - 1)];
      context.strokeStyle = theme.soft;
      context.setLineDash([2, 4]);
      line(position, [position[0], position[1], low[2]]);
      context.setLineDash([]);
    }
    // Where the base frame's axes point to, from the corner of the floor that is the least of both.
    const corner = [from[0], from[1], low[2]];
    context.fillStyle = theme.soft;
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]].forEach((axis, i) => {
      context.strokeStyle = theme.soft;
      context.lineWidth = 1.8;
      line(corner, along(corner, square, axis));
      note(context, 'xyz'[i], ...at(along(corner, 1.2 * square, axis)));
    });
    byId('floor').textContent = label(square * 100, square * 100) + ' cm squares; drag, ctrl + wheel';
  }

  const drawPaths = () => Object.keys(canvases).forEach(drawView);
  follow(drawPaths);
  themed.push(drawPaths);
  new ResizeObserver(drawPaths).observe(canvases.orbit);

  const turn = (dx, dy) => {
    orbit.turn -= dx;
    orbit.tilt = clamp(orbit.tilt + dy, -1.57, 1.57);
    drawView('orbit');
  };
  canvases.orbit.addEventListener('pointerdown', (event) => canvases.orbit.setPointerCapture(event.pointerId));
  canvases.orbit.addEventListener('pointermove', (event) => {
    if (event.buttons) turn(event.movementX / 120, event.movementY / 120);
  });
  canvases.orbit.addEventListener('wheel', (event) => {
    // Without the key, the wheel scrolls the page. A pinch on a touchpad comes with it.
    if (!event.ctrlKey) return;
    event.preventDefault();
    orbit.zoom = clamp(orbit.zoom * 2 ** (-event.deltaY / 500), 0.5, 8);
    drawView('orbit');
  }, { passive: false });
}
`;
