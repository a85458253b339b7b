import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isScanner, makerOf, modelOf } from '../../src/phones/model.ts'

describe('vendor, model and firmware of a User-Agent', () => {
  test.each([
    ['Yealink SIP-T46S 66.85.0.5 805ec0123456', 'Yealink', 'T46S', '66.85.0.5'],
    ['Yealink W60B 77.85.0.25', 'Yealink', 'W60B', '77.85.0.25'],
    ['Grandstream GXP2170 1.0.9.132', 'Grandstream', 'GXP2170', '1.0.9.132'],
    ['Grandstream HT801 1.0.17.5', 'Grandstream', 'HT801', '1.0.17.5'],
    ['PolycomVVX-VVX_411-UA/5.9.6.2327', 'Poly', 'VVX 411', '5.9.6.2327'],
    ['PolycomSoundPointIP-SPIP_550-UA/3.3.1.0933', 'Poly', 'SPIP 550', '3.3.1.0933'],
    ['Polycom/5.9.6.2327 PolycomVVX-VVX_411-UA/5.9.6.2327', 'Poly', 'VVX 411', '5.9.6.2327'],
    ['PolyEdge-Edge_E450-UA/8.1.0.12073', 'Poly', 'Edge E450', '8.1.0.12073'],
    ['snomD735/10.1.42.14', 'Snom', 'D735', '10.1.42.14'],
    ['snom821/8.9.3.80', 'Snom', '821', '8.9.3.80'],
    ['snom-m9/9.6.15-a', 'Snom', 'm9', '9.6.15'],
    ['Cisco/SPA504G-7.5.5', 'Cisco', 'SPA504G', '7.5.5'],
    ['Cisco-CP7841/12.5.1', 'Cisco', 'CP7841', '12.5.1'],
    ['Cisco-CP-8845-3PCC/11.3.3', 'Cisco', 'CP-8845-3PCC', '11.3.3'],
    ['Linksys/PAP2T-5.1.6(LS)', 'Cisco', 'PAP2T', '5.1.6(LS)'],
    ['Fanvil X4U 2.12.1.3', 'Fanvil', 'X4U', '2.12.1.3'],
    ['Gigaset N510 IP PRO/42.250.00.000.000', 'Gigaset', 'N510 IP PRO', '42.250.00.000.000'],
    ['C610 IP/42.075.00.000.000', 'Gigaset', 'C610 IP', '42.075.00.000.000'],
    ['AVM FRITZ!Box 7490 113.07.29 TAL (Dec 10 2021)', 'AVM', 'FRITZ!Box 7490', '113.07.29'],
    ['FRITZ!OS', 'AVM', 'FRITZ!OS', null],
    ['Panasonic_KX-HDV230 /06.101', 'Panasonic', 'KX-HDV230', '06.101'],
    ['Panasonic-KX-TGP600/05.002', 'Panasonic', 'KX-TGP600', '05.002'],
    ['Aastra 6731i/3.3.1.4309', 'Mitel', '6731i', '3.3.1.4309'],
    ['Mitel 6869i/5.1.0.2055', 'Mitel', '6869i', '5.1.0.2055'],
    ['Htek UC926 V2.0.4.4.33', 'Htek', 'UC926', '2.0.4.4.33'],
    ['Sangoma S500 V2.0.4.60', 'Sangoma', 'S500', '2.0.4.60'],
    ['Zoiper rv2.10.14.2', 'Zoiper', null, '2.10.14.2'],
    ['Z 5.5.10 rv2.10.16.3-mod', 'Zoiper', null, '2.10.16.3'],
    ['Linphone/3.6.1 (eXosip2/4.1.0)', 'Linphone', null, '3.6.1'],
    ['LinphoneAndroid/4.6.0 (Pixel 4) LinphoneSDK/5.1.0', 'Linphone', 'Android', '4.6.0'],
    ['Linphone-Desktop/5.0.14 (host) Debian', 'Linphone', 'Desktop', '5.0.14'],
    ['MicroSIP/3.21.3', 'MicroSIP', null, '3.21.3'],
    ['Bria release 6.5.2 stamp 111111', 'Bria', null, '6.5.2'],
    ['Bria iOS release 5.9.1 stamp 39333', 'Bria', 'iOS', '5.9.1'],
    ['X-Lite release 5.8.3 stamp 99573', 'CounterPath', 'X-Lite', '5.8.3'],
    ['PortSIP Softphone 12.4', 'PortSIP', 'Softphone', '12.4'],
    ['baresip v1.1.0 (x86_64/linux)', 'baresip', null, '1.1.0'],
    ['Jitsi2.10.5550Linux', 'Jitsi', null, '2.10.5550'],
    ['3CXPhone 6.0.26523.0', '3CX', 'Phone', '6.0.26523.0'],
    ['Asterisk PBX 16.28.0~dfsg-0+deb11u3', 'Asterisk', null, '16.28.0~dfsg-0+deb11u3'],
    ['FreeSWITCH-mod_sofia/1.10.7-release+git~20211024', 'FreeSWITCH', null, '1.10.7'],
  ])('%s', (userAgent, vendor, model, firmware) => {
    expect(modelOf(userAgent)).toMatchObject({ vendor, model, firmware })
  })

  test.each([null, '', 'friendly-scanner', 'sipp', 'Phone 1.0', 'Unyealink T46S 1.2'])('%s is nobody’s', (userAgent) => {
    expect(modelOf(userAgent)).toBeNull()
  })

  test('any text is read in a moment', () => {
    for (const text of ['AVM FRITZ!Box ', 'PortSIP ', 'Yealink ', 'Cisco/SPA', '3CX', 'Bria ']) {
      for (const more of [' 1', '1.', 'a ', '-', '_a']) expect(() => modelOf(text + more.repeat(30_000))).not.toThrow()
    }
    fc.assert(fc.property(fc.string(), (text) => void modelOf(text)))
  })
})

test('a scanner is known by its name', () => {
  const scanners = [
    'friendly-scanner',
    'sipvicious',
    'sipcli/v1.8',
    'SIP-Scan',
    'sundayddr',
    'VaxSIPUserAgent/3.1',
    'pplsip',
    'sipsak 0.9.6',
  ]
  expect(scanners.filter((name) => !isScanner(name))).toEqual([])
  expect(['Yealink SIP-T46S 66.85.0.5', 'Sipura/SPA2000-3.1.5', 'baresip v1.1.0', null].filter(isScanner)).toEqual([])
})

test('the registry’s companies are known as makers of devices', () => {
  expect(makerOf('XIAMEN YEALINK NETWORK TECHNOLOGY CO.,LTD')).toBe('Yealink')
  expect(makerOf('Cisco-Linksys, LLC')).toBe('Cisco')
  expect(makerOf('AVM ELECTRONICS PTE LTD')).toBeNull()
  expect(makerOf('Intel Corporate')).toBeNull()
})
