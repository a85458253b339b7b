import { type Check, Unchecked } from '../probe.ts'

const ASK = ['timedatectl', 'show', '--property=NTPSynchronized', '--value'] as const

export const clock: Check = {
  id: 'clock',
  title: 'the clock is kept by NTP',
  async run(probe) {
    const { status, stdout, stderr } = await probe.run(ASK)
    const answer = stdout.trim()
    if (status !== 0 || !/^(?:yes|no)$/.test(answer)) throw new Unchecked(`timedatectl does not say: ${stderr.trim() || answer}`)
    if (answer === 'yes') return []
    return [
      {
        severity: 'warning',
        place: 'clock',
        text: 'nothing keeps the clock: the nodes of a fleet, and hosts that send their logs, drift apart',
        remedy: 'timedatectl set-ntp true, or install chrony',
      },
    ]
  },
}
