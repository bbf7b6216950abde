/** An examination's report for people. */
import pc from 'picocolors';
import type { DoctorReport } from './examine.ts';
import { CHECKS, type Check, type Finding, type Severity } from './findings.ts';

/** Findings of a check that are shown */
const SHOWN = 4;

type Colors = ReturnType<typeof pc.createColors>;

/** The report as text, in colours when they are wanted: findings by check, the worst first, a few of each, and what was examined. */
export function formatReport(report: DoctorReport, useColors = false): string {
  const colors = pc.createColors(useColors);
  const groups = new Map<string, Finding[]>();
  for (const finding of report.findings) {
    const key = `${finding.severity} ${finding.check}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  const sections = [...groups.values()].map((findings) => section(findings, colors));
  return `${[header(report, colors), ...sections, verdict(report, colors)].join('\n\n')}\n`;
}

function header({ root, name, format, fps, robotType, summary }: DoctorReport, { bold, dim }: Colors): string {
  const what = [format, robotType, fps === undefined ? undefined : `${fps} Hz`].filter((part) => part !== undefined).join(', ');
  const { episodes, frames, cameras, thorough, embodiment, chunks } = summary;
  const looked = [
    counted(episodes, 'episode'),
    counted(frames, 'row'),
    `${counted(cameras.length, 'camera')}${cameras.length > 0 ? ` (${thorough ? 'every frame decoded' : 'last frames decoded'})` : ''}`,
    ...(embodiment === undefined ? [] : [`robot ${embodiment}`]),
    ...(chunks > 0 ? [counted(chunks, 'FAST chunk')] : []),
  ];
  return `${bold(name ?? root)}${what ? `  ${dim(what)}` : ''}\n${dim(`examined ${looked.join(', ')}`)}`;
}

function section(findings: readonly Finding[], colors: Colors): string {
  const [{ check, severity }] = findings as readonly [Finding];
  const title = `${paint(severity, colors)(severity.padEnd(7))} ${colors.bold(check)}  ${colors.dim(CHECKS[check as Check])}`;
  const more = findings.length - SHOWN;
  const lines = findings.slice(0, SHOWN).map((finding) => `  ${line(finding, colors)}`);
  return [title, ...lines, ...(more > 0 ? [colors.dim(`  … and ${more} more`)] : [])].join('\n');
}

function line({ episode, frame, frames, feature, camera, message, remedy, kind }: Finding, { cyan, dim }: Colors): string {
  const where = [
    ...(episode === undefined ? [] : [`episode ${episode}`]),
    ...(frame === undefined ? [] : [`frame ${frame}${frames !== undefined && frames > 1 ? ` (${frames} frames)` : ''}`]),
    ...([feature ?? camera].filter((name) => name !== undefined) as string[]),
  ];
  const out = kind === 'listed-again' ? 'second listing' : 'episode';
  const end = remedy === 'mend' ? dim(' [repair mends this]') : remedy === 'drop' ? dim(` [repair leaves the ${out} out]`) : '';
  return `${where.length > 0 ? `${cyan(where.join(', '))}: ` : ''}${message}${end}`;
}

function verdict({ ok, summary: { errors, warnings, infos } }: DoctorReport, { green, red }: Colors): string {
  const counts = [counted(errors, 'error'), counted(warnings, 'warning'), ...(infos > 0 ? [counted(infos, 'remark')] : [])].join(', ');
  return ok ? `${green('sound')}: ${counts}` : `${red('not sound')}: ${counts}`;
}

function paint(severity: Severity, { red, yellow, blue }: Colors): (text: string) => string {
  switch (severity) {
    case 'error':
      return red;
    case 'warning':
      return yellow;
    case 'info':
      return blue;
    default:
      throw new Error(`there is no severity ${JSON.stringify(severity)}`);
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
