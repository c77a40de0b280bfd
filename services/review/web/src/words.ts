/** The desk's words for codes of the services. */

import type { CaseState, Doubt, Facts, Item, Level, Overdue, Queue, QueueItem, View } from '@/api/types'

export function viewTitle(view: View, level: Level): string {
  const titles: Record<View, string> = {
    waiting: level === 'site' ? '待初审' : '待复审',
    resubmitted: '重新提交',
    mine: '我的',
    with_candidate: '待考生补充',
    done: '已完成',
  }
  return titles[view]
}

const STATES: Record<CaseState, string> = {
  collecting: '填报',
  awaiting_site: '待初审',
  returned: '待考生补充',
  awaiting_district: '待复审',
  passed: '审核通过',
  rejected: '审核拒绝',
  closed: '已关闭',
}

export function stateWord(state: CaseState): string {
  return STATES[state]
}

const OVERDUE: Record<Overdue, string> = {
  first_upload: '首次上传',
  supplement: '补充材料',
  due_paper: '补交材料',
}

/** `补充材料已过规定时间`, behind 已逾期. */
export function overdueWords(overdue: readonly Overdue[]): string {
  return `${overdue.map((one) => OVERDUE[one]).join('、')}已过规定时间`
}

export interface StateLook {
  readonly word: string
  readonly look: 'plain' | 'strong' | 'act' | 'ok' | 'quiet' | 'wait'
  readonly icon: string | null
}

/** State of a row: one word, one look, an icon where the state is an end. */
export function rowState(item: QueueItem, view: View, level: Level): StateLook {
  if (item.holder) return { word: '审核中', look: 'act', icon: null }
  if (item.state === 'passed') return { word: '审核通过', look: 'ok', icon: 'check' }
  if (item.state === 'rejected') return { word: '审核拒绝', look: 'quiet', icon: 'x' }
  if (item.state === 'returned') return { word: '待考生补充', look: 'wait', icon: 'clock' }
  if (view === 'done' && level === 'site') return { word: '初审通过，待复审', look: 'ok', icon: 'check' }
  if (item.resubmitted) return { word: '重新提交', look: 'strong', icon: null }
  return { word: stateWord(item.state), look: 'plain', icon: null }
}

/** What will come here, and when. */
export function emptyWords(view: View, level: Level, counts: Readonly<Record<View, number>>): string {
  const waiting = level === 'site' ? '待初审' : '待复审'
  const next =
    level === 'site' ? '考生提交审核后会出现在这里' : '考点初审通过后会出现在这里'
  switch (view) {
    case 'waiting':
      return counts.resubmitted > 0
        ? `${waiting}已清空，重新提交里还有 ${counts.resubmitted} 份`
        : `${waiting}已清空，${next}`
    case 'resubmitted':
      return '暂无重新提交，考生补充后再提交的会出现在这里'
    case 'mine':
      return counts.waiting > 0
        ? `手上没有领取的材料，${waiting}里还有 ${counts.waiting} 份`
        : `手上没有领取的材料，${next}`
    case 'with_candidate':
      return '没有等考生补充的，退回后在这里看进展'
    case 'done':
      return '还没有审完的，提交结论后会出现在这里'
  }
}

/** How many of a lane's cases are being reviewed: ，1 份审核中 · ，都在审核中. */
export function heldWords(items: readonly QueueItem[]): string {
  const held = items.filter((item) => item.holder !== null).length
  if (held === 0) return ''
  return held === items.length ? '，都在审核中' : `，${held} 份审核中`
}

/** What stands where a deleted dossier's name stood. */
export const ERASED = '已按规定删除'

/** How a lane is ordered; what may be hard to see comes first on its day, so that the candidate has time. */
export function orderWords(view: View, items: readonly QueueItem[]): string {
  const ranked = view !== 'mine' && items.some((item) => item.doubtful > 0)
  return ranked && view !== 'with_candidate' ? '等待最久在前，同一天里可能看不清的先审' : '等待最久在前'
}

/** Why nothing can be claimed: the lanes are empty, in colleagues' hands, or reviewed below by oneself. */
export function noneFreeWords(lanes: readonly Queue[]): string {
  const told = lanes
    .filter(({ view, counts }) => counts[view] > 0)
    .map(({ view, level, counts, items }) => {
      const free = items.filter((item) => item.holder === null).length
      return `${viewTitle(view, level)} ${counts[view]} 份，${free === 0 ? '都在审核中' : `其中 ${free} 份不能由我审核`}`
    })
  if (told.length > 0) return `现在没有可领取的材料：${told.join('；')}`
  const first = lanes[0]
  return first ? emptyWords('waiting', first.level, first.counts) : '现在没有可领取的材料'
}

const REFUSALS: Record<string, string> = {
  withdrawn: '考生刚撤回了提交，这份不用审了',
  closed: '这份材料已关闭，不能再审',
  superseded: '这次领取已作废，请从队列重新领取',
  'not-ready': '还有图片没有处理好，请过一分钟再领取',
  not_ready: '还有图片没有处理好，请过一分钟再领取',
}

export function refusalWords(refusal: string | null): string {
  return REFUSALS[refusal ?? ''] ?? '材料没有锁定成功，请从队列重新领取'
}

/** How far the wish to undo a send-back has come. */
export function withdrawalWords(withdrawal: 'requested' | 'refused'): string {
  return withdrawal === 'requested' ? '正在撤回补充要求…' : '没有撤回：考生已经开始补充'
}

/** Label of the conclusion: says the consequence. */
export function concludeLabel(level: Level, returned: number, carried: number): string {
  if (returned > 0) return `提交结论：退回 ${returned} 张`
  if (carried > 0) return `提交结论：沿用初审 ${carried} 张`
  return level === 'site' ? '提交结论：初审通过' : '提交结论：复审通过'
}

/** What a pass does, in one line. */
export function passWords(level: Level): string {
  return level === 'site' ? '通过后转考区复审，材料继续锁定' : '通过后考生状态为审核通过，并发短信'
}

/** A category under the number that the candidate's page gives it; what nobody asked for has none. */
const DOUBTS: Record<Doubt, string> = { blurred: '可能看不清', dark: '偏暗', glaring: '有反光' }

/** What a measurement makes doubtful; null where it finds nothing. */
export function doubtWords(doubts: readonly Doubt[]): string | null {
  return doubts.length > 0 ? doubts.map((doubt) => DOUBTS[doubt]).join('、') : null
}

export interface Fact {
  readonly label: string
  readonly value: string
}

/** What the file says of its camera, in rows; only what it says. */
export function cameraFacts({ camera }: Facts): Fact[] {
  const maker = camera.make && !camera.model?.startsWith(camera.make) ? camera.make : null
  const rows = [
    { label: '设备', value: [maker, camera.model].filter(Boolean).join(' ') },
    { label: '软件', value: camera.software ?? '' },
    { label: '拍摄时间', value: (camera.taken_at ?? '').replace(/^(\d{4}):(\d\d):/, '$1-$2-') },
  ]
  return rows.filter(({ value }) => value !== '')
}

export function categoryTitle(item: Item): string {
  return item.category_number === null ? item.category_name : `${item.category_number} ${item.category_name}`
}

/** Which registration fields belong beside a picture, by stems in labels. */
const FIELDS: ReadonlyArray<readonly [RegExp, RegExp]> = [
  [/身份|证件|手持/, /证件|身份|性别|出生|国籍|民族/],
  [/毕业|学历|学位|文凭/, /毕业|学历|学校|院校|专业|学制|学位|证书编号/],
  [/备案|学信|认证/, /毕业|学历|学校|院校|专业|证书编号/],
  [/试用|考核|实习|带教/, /试用|机构|单位|带教|科室/],
  [/执业|许可|资格|注册/, /执业|许可|资格|机构|单位|注册/],
  [/师承|确有专长|出师/, /师承|专长|出师|指导/],
]

/** True when the field belongs to what is checked against a picture of this category. */
export function belongs(category: string, label: string): boolean {
  return FIELDS.some(([of, field]) => of.test(category) && field.test(label))
}
