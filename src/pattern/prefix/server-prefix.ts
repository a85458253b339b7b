import type { PrefixName } from '../../config/types.ts'

/**
 * What one server writes before its message. Regular expression sources in the language that JavaScript and Python share,
 * so that the classifier, the proof and the emitted Fail2Ban files read the same prefix.
 */
export interface ServerPrefix {
  readonly name: PrefixName
  /**
   * The server's own line forms, used where no syslog header stands before: file, stderr, console. Each begins the line and ends
   * where `lead` begins; a group `time` holds the time, a group `forgeable` is set where a folded header could have made the line.
   */
  readonly own: readonly string[]
  /** Between header (or own form) and message: level, thread, source file. Matches the empty string where there may be none. */
  readonly lead: string
  /**
   * Where the lead holds attacker text: begins such a lead, and `resume` finds every place behind it where the message may begin.
   * All readings count: more than one address bans nobody.
   */
  readonly open?: { readonly lead: string; readonly resume: string }
  /**
   * Whole physical lines that the caller may have made, prefix and all, where the server prints a newline of his: so many bytes of
   * anything, and the server's own tail or nothing. They are recognised and not counted.
   */
  readonly imitable?: { readonly longest: number; readonly tail: string }
}

/** Time forms; `time` is parsed by classify/timestamp.ts. */
export const BSD_TIME = '[A-Z][a-z]{2} [ \\d]?\\d \\d\\d:\\d\\d:\\d\\d'
export const ISO_TIME = '\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?(?:Z|[+-]\\d\\d:?\\d\\d)?'
/** FreeSWITCH's short console form: month and day only. */
export const SHORT_TIME = '\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6}'

/** `imitable` as one regular expression. */
export const imitableSource = ({ longest, tail }: NonNullable<ServerPrefix['imitable']>): string => `.{0,${longest}}(?:${tail})?`
