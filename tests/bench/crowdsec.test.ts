import { expect, test } from 'vitest'
import { pouredIn } from './crowdsec.ts'

const metrics = `# HELP cs_bucket_poured_total Total events were poured in bucket.
# TYPE cs_bucket_poured_total counter
cs_bucket_poured_total{name="crowdsecurity/asterisk_bf",source="/tmp/few.log",type="file"} 3350
cs_bucket_poured_total{name="crowdsecurity/asterisk_user_enum",source="/tmp/few.log",type="file"} 3343
cs_bucket_poured_total{name="crowdsecurity/asterisk_bf",source="/tmp/more.log",type="file"} 1e+06
cs_buckets{name="crowdsecurity/asterisk_bf"} 2670
`

test("what a scenario of crowdsec's took in is the sum over its sources, and nothing else's", () => {
  expect(pouredIn(metrics, 'crowdsecurity/asterisk_bf')).toBe(1_003_350)
  expect(pouredIn(metrics, 'crowdsecurity/asterisk_user_enum')).toBe(3343)
})

test('a scenario of crowdsec that took in nothing, of which its metrics do not speak, counts 0', () => {
  expect(pouredIn(metrics, 'crowdsecurity/asterisk')).toBe(0)
  expect(pouredIn('', 'crowdsecurity/asterisk_bf')).toBe(0)
})
