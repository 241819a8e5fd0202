import { MessageSquarePlus } from 'lucide-react'
import { t } from '../i18n/index.ts'
import { type Line, type Pair } from './diff-lines.ts'
import type { LinePlace, LineTalk } from './line-talk.ts'
import classes from './diff-view.module.css'

interface Talked {
  path: string
  talk: LineTalk | undefined
}

const signs = { added: '+', removed: '−', context: ' ' }
const toneOf = (line: Line | undefined) =>
  line === undefined || line.kind === 'context' ? '' : classes[line.kind]

function placeOf(path: string, line: Line, side: 'old' | 'new'): LinePlace {
  return { path, side, line: (side === 'old' ? line.old : line.new) ?? 0 }
}

/** A line of the unified layout, and what is said about it. */
export function DiffRow({ path, line, talk }: Talked & { line: Line }) {
  const place = placeOf(path, line, line.kind === 'removed' ? 'old' : 'new')
  // An unchanged line is on both sides; remarks on its old side show here, too.
  const otherSide = line.kind === 'context' ? placeOf(path, line, 'old') : undefined
  return (
    <>
      <tr className={toneOf(line)}>
        <td className={classes['number']}>{line.old}</td>
        <td className={classes['number']}>{line.new}</td>
        <td className={classes['text']}>
          {talk && <BeginButton place={place} talk={talk} />}
          {signs[line.kind]} {line.text}
        </td>
      </tr>
      {talk?.below(place, 3)}
      {otherSide && talk?.below(otherSide, 3)}
    </>
  )
}

/** A row of the layout side by side: the old half and the new one, remarks of both below. */
export function PairRow({ path, pair, talk }: Talked & { pair: Pair }) {
  return (
    <>
      <tr>
        <Half path={path} line={pair.old} side="old" talk={talk} />
        <Half path={path} line={pair.new} side="new" talk={talk} />
      </tr>
      {pair.old && talk?.below(placeOf(path, pair.old, 'old'), 4)}
      {pair.new && talk?.below(placeOf(path, pair.new, 'new'), 4)}
    </>
  )
}

function Half(props: Talked & { line: Line | undefined; side: 'old' | 'new' }) {
  const { path, line, side, talk } = props
  if (!line) {
    return (
      <td colSpan={2} className={classes['blank']}>
        {'\u00a0'}
      </td>
    )
  }
  return (
    <>
      <td className={`${classes['number']} ${toneOf(line)}`}>
        {side === 'old' ? line.old : line.new}
      </td>
      <td className={`${classes['text']} ${classes['half']} ${toneOf(line)}`}>
        {talk && <BeginButton place={placeOf(path, line, side)} talk={talk} />}
        {line.text}
      </td>
    </>
  )
}

function BeginButton({ place, talk }: { place: LinePlace; talk: LineTalk }) {
  return (
    <button
      type="button"
      className={classes['add']}
      aria-label={`${t('code.commentOnLine')}: ${place.path}:${place.line}`}
      onClick={() => talk.begin(place)}
    >
      <MessageSquarePlus size={14} />
    </button>
  )
}
