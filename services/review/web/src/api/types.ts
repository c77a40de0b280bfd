/** The shapes of auth and review that this page reads. */

export type Level = 'site' | 'district'

export interface Me {
  readonly kind: 'staff' | 'candidate'
  readonly staff_id: string
  readonly username: string
  readonly display_name: string
  readonly role: string
  readonly district: string | null
  readonly district_name: string | null
  readonly site: string | null
  readonly site_name: string | null
}

export type View = 'waiting' | 'resubmitted' | 'mine' | 'with_candidate' | 'done'

export type CaseState = 'collecting' | 'awaiting_site' | 'returned' | 'awaiting_district' | 'passed' | 'rejected' | 'closed'

export interface Holder {
  readonly display_name: string
  readonly until: string
  readonly mine: boolean
}

/** What the candidate's time has run out for. */
export type Overdue = 'first_upload' | 'supplement' | 'due_paper'

export interface QueueItem {
  readonly case_id: string
  readonly name_masked: string
  readonly ticket_tail: string
  readonly heading: string
  readonly site_name: string
  readonly state: CaseState
  readonly round: number
  readonly resubmitted: boolean
  readonly waiting_since: string | null
  readonly submitted_at: string | null
  readonly image_count: number
  readonly overdue: readonly Overdue[]
  readonly holder: Holder | null
  /** How many pictures a measurement calls hard to see. */
  readonly doubtful: number
  readonly duplicates: number
}

export interface Queue {
  readonly view: View
  readonly level: Level
  readonly counts: Readonly<Record<View, number>>
  readonly items: readonly QueueItem[]
  readonly server_time?: string
}

export type Mark = 'passed' | 'returned'

export interface Verdict {
  readonly verdict: Mark
  readonly reason_code?: string | null
  readonly text?: string | null
  readonly by?: string | null
  readonly level?: Level | null
  readonly at?: string | null
}

export interface Previous {
  readonly image_id: string
  readonly reason_label: string | null
  readonly text: string | null
}

export type Doubt = 'blurred' | 'dark' | 'glaring'

/** What is known of a picture besides what it shows: hints that nobody has to believe. */
export interface Facts {
  readonly received_at: string
  readonly size_bytes: number
  readonly doubts: readonly Doubt[]
  readonly camera: {
    readonly make: string | null
    readonly model: string | null
    readonly software: string | null
    readonly taken_at: string | null
  }
}

/** Another candidate's picture that seems to show the same paper; beyond the own desk only its number is told. */
export interface Duplicate {
  readonly number: string
  readonly case_id: string | null
  readonly image_id: string | null
}

export interface Item {
  readonly image_id: string
  readonly category: string
  readonly category_name: string
  readonly category_number: number | null
  readonly slot: string | null
  readonly slot_name: string | null
  readonly replaces: string | null
  readonly width: number | null
  readonly height: number | null
  readonly doubts: readonly Doubt[]
  readonly verdict: Verdict | null
  readonly previous: Previous | null
  readonly duplicates: readonly Duplicate[]
}

export interface Reason {
  readonly code: string
  readonly label: string
  readonly text: string
}

export interface Hold {
  readonly number: number
  readonly state: 'waiting' | 'locked' | 'refused'
  readonly refusal: string | null
  readonly mine: boolean
  readonly holder: string
  readonly until: string
}

export interface TimelineEntry {
  readonly at: string
  readonly kind: string
  readonly who: string | null
  readonly text: string
}

export interface Attribute {
  readonly label: string
  readonly value: string
}

export interface Registration {
  readonly name: string
  readonly admission_ticket_no: string
  readonly id_type: string
  readonly id_number_masked: string
  readonly phone_masked: string
  readonly site_name: string
  readonly district_name: string
  readonly attributes: readonly Attribute[]
}

/** The last send-back, and what the own level can still do about it. */
export interface SendBack {
  readonly sendback_id: string
  readonly level: Level
  readonly deadline: string | null
  readonly outcome: string | null
  readonly withdrawal: 'requested' | 'refused' | null
  readonly can_withdraw: boolean
  readonly can_extend: boolean
}

export interface Case {
  readonly case_id: string
  readonly state: CaseState
  readonly level: Level | null
  readonly round: number
  readonly heading: string
  readonly registration: Registration
  readonly hold: Hold | null
  readonly items: readonly Item[]
  readonly reasons: Readonly<Record<string, readonly Reason[]>>
  readonly timeline: readonly TimelineEntry[]
  readonly unlocks_text: string | null
  readonly send_back: SendBack | null
  readonly overdue: readonly Overdue[]
  readonly server_time: string
}

export interface Grant {
  readonly grant: string
  readonly expires_at: string
}

/** A covered place, in parts of the picture's width and height. */
export interface Cover {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export type Outcome = 'pass' | 'send_back' | 'reject'

/** A verdict as the reviewer gives it. */
export interface Judgement {
  readonly verdict: Mark
  readonly reason_code?: string
  readonly text?: string
}
