import type { ServerPrefix } from './server-prefix.ts'

const LEVEL = '(?:(?:DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERG|BUG): )'
/** `<script>: ` (xlog) or `module [file.c:123]: func(): ` (core/dprint.h); one module is called `cpl-c`. */
const LOCATION = '(?:<script>: |(?:<core>|[A-Za-z][\\w-]*) \\[[\\w./-]+:\\d+\\]: (?:\\w+\\(\\): )?)'

/**
 * `LEVEL: {log_prefix} LOCATION message`. Our snippet sets log_prefix to `{$mt $rm} `: a method holds no space
 * (core/parser/parse_fline.c), so that the first `} ` is Kamailio's own. The stock one, `{$mt $hdr(CSeq) $ci} `
 * (etc/kamailio.cfg), prints the raw Call-ID first: the message may begin behind any `} LOCATION`.
 * A CSeq begins with a digit (parser/parse_cseq.c), a method with a letter: that tells the two apart.
 * On stderr (`%2d(%d) ` before the level) no line is to be believed: a folded header begins one with the space that also pads a
 * one-digit process number, and a malformed request is printed raw, line by line (core/parser/msg_parser.c parse_msg).
 */
export const kamailio: ServerPrefix = {
  name: 'kamailio',
  own: ['(?<forgeable> \\d|\\d{2,4})\\(\\d+\\) '],
  lead: `(?:${LEVEL}?(?:\\{[12] [A-Za-z][^ ]*\\} )?${LOCATION})?`,
  open: { lead: `${LEVEL}?\\{[12] [^A-Za-z]`, resume: `\\} ${LOCATION}` },
}
