/** Predictions as a part of a page: what is said of them, where curves go, and that it is HTML whatever comes in. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACTION_DIMS, ARMS, POSE_DIMS } from '../../src/robot/canonical.ts';
import { motionError, predictionsSection, type SamplePrediction } from '../../src/train/report-predictions.ts';

const STEPS = 6;
const each = ARMS.length * ACTION_DIMS;

/** A sample of the right arm, or of both, that moves along x by 10 mm a step, predicted `off` metres beside, with some latents wrong. */
function sample({ off = 0, wrong = 0, arms = 1, text = 'put it down' } = {}): SamplePrediction {
  const there = (i: number): boolean => arms === 2 || Math.floor(i / ACTION_DIMS) % ARMS.length === 1;
  const actions = Float32Array.from({ length: STEPS * each }, (_, i) =>
    there(i) && i % ACTION_DIMS === 0 ? 0.01 * (Math.floor(i / each) + 1) : 0,
  );
  const recorded = [3, 1, 4, 1, 5, 0, 2, 6];
  return {
    origin: `${text}, episode 3, 1.4 s`,
    instruction: text,
    views: [{ view: 'head', picture: 'data:image/jpeg;base64,AA==', aims: { recorded: [[0.5, 0.25]], predicted: [] } }],
    recorded: { actions, actionMask: Uint8Array.from(actions, (_, i) => Number(there(i))) },
    predicted: actions.map((value, i) => value + (there(i) && i % ACTION_DIMS === 1 ? off : 0)),
    latents: { said: recorded.map((entry, i) => (i < wrong ? entry + 1 : entry)), recorded },
  };
}

/** Names of elements that are open in the end; throws for what is no HTML. */
function leftOpen(html: string): string[] {
  const open: string[] = [];
  const rest = html.replace(/<(\/?)([a-z0-9]+)(?:\s[\w-]+="[^"<]*")*\s*(\/?)>/g, (_, end: string, name: string, alone: string) => {
    if (end && open.pop() !== name) throw new Error(`</${name}> closes what is not open`);
    if (!end && !alone && name !== 'img') open.push(name);
    return '';
  });
  if (/[<>]/.test(rest)) throw new Error(`no HTML: ${rest}`);
  return open;
}

const pointsOf = (html: string, kind: string): [x: number, y: number][][] =>
  [...html.matchAll(new RegExp(`<polyline class="${kind}"[^>]*points="([^"]*)"`, 'g'))].map(([, points = '']) =>
    points.split(' ').map((pair) => pair.split(',').map(Number) as [number, number]),
  );

describe('errors', () => {
  test('are none of a perfect prediction, and the distance of one that is beside', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (off) => {
        const { recorded, predicted } = sample({ off });
        const { translation, still, gripper } = motionError(predicted as Float32Array, recorded);
        expect(translation).toBeCloseTo(off, 6);
        expect(still).toBeCloseTo(0.035, 6);
        expect(gripper).toBe(0);
      }),
    );
  });

  test('are of what was recorded alone', () => {
    const { recorded, predicted = new Float32Array() } = sample();
    const elsewhere = predicted.map((value, i) => (recorded.actionMask[i] === 1 ? value : 7));
    expect(motionError(elsewhere, recorded)).toMatchObject({ translation: 0, gripper: 0 });
    const open = predicted.map((value, i) => (i % ACTION_DIMS === POSE_DIMS ? 0.25 : value));
    expect(motionError(open, recorded).gripper).toBeCloseTo(0.25, 6);
  });
});

describe('the section', () => {
  test('says how far motion is off, and which latent action tokens are wrong', () => {
    const { html } = predictionsSection([sample(), sample({ off: 0.02, wrong: 3 })], 4);
    expect(html).toContain('off by 0 mm and 0 of the gripper’s stroke on average; staying would be off by 35 mm');
    expect(html).toContain('off by 20 mm and 0 of');
    expect(html).toContain('8 of 8 latent action tokens as in the recording');
    expect(html).toContain('5 of 8 latent action tokens as in the recording');
    expect(html.match(/class="(first )?off"/g)).toHaveLength(3);
    // A transition begins at every fourth, in both rows of both.
    expect(html.match(/class="first( off)?"/g)).toHaveLength(8);
  });

  test('draws x, y, z and the gripper of each arm, a perfect prediction on top of what was recorded', () => {
    for (const arms of [1, 2]) {
      const { html } = predictionsSection([sample({ arms })], 4);
      const [recorded, predicted] = [pointsOf(html, 'recorded'), pointsOf(html, 'predicted')];
      expect(recorded).toHaveLength(4 * arms);
      expect(predicted).toEqual(recorded);
      const [x = []] = recorded;
      expect(x).toHaveLength(STEPS);
      for (const [i, [across, down]] of x.entries()) {
        expect(across > 34 && across <= 144 && down >= 8 && down <= 92).toBe(true);
        if (i > 0) expect(down).toBeLessThan((x[i - 1] as [number, number])[1]);
      }
    }
  });

  test('has circles where it was aimed, and crosses where the policy aims', () => {
    const [one] = [sample()];
    const { html } = predictionsSection([one], 4);
    expect(html).toContain('<circle cx="50" cy="25" r="6"');
    expect(html).not.toContain('<path d="M');
    const views = one.views.map((view) => ({ ...view, aims: { recorded: [], predicted: [[0.125, 1] as const] } }));
    expect(predictionsSection([{ ...one, views }], 4).html).toContain('<path d="M12.5 100m-5-5');
    const none = one.views.map((view) => ({ ...view, aims: { recorded: [], predicted: [] } }));
    expect(predictionsSection([{ ...one, views: none }], 4).html).not.toMatch(/<circle cx|Circles/);
  });

  test('has no motion where no action expert is trained, and says when it is not finite', () => {
    const { predicted: _, ...still } = sample();
    const { html } = predictionsSection([still], 4);
    expect(pointsOf(html, 'predicted')).toEqual([]);
    expect(html).toContain('latent action tokens alone');
    expect(html).not.toContain('off by');
    const { latents: __, ...silent } = still;
    expect(predictionsSection([silent], 4).html).toContain('what they point at alone');
    expect(predictionsSection([sample({ off: Number.NaN })], 4).html).toContain('the motion predicted is not finite');
  });

  test('is HTML whatever a dataset has for texts, and the same each time', () => {
    fc.assert(
      fc.property(fc.string(), fc.double(), fc.nat(8), (text, off, wrong) => {
        const { html } = predictionsSection([sample({ text, off, wrong })], 2);
        expect(leftOpen(html)).toEqual([]);
        expect(html).not.toMatch(/NaN,|,NaN|undefined/);
        expect(predictionsSection([sample({ text, off, wrong })], 2).html).toBe(html);
      }),
    );
    expect(() => leftOpen('<p>')).not.toThrow();
    expect(() => leftOpen('<p><b></p>')).toThrow('closes what is not open');
  });
});
