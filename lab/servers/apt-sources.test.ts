import { describe, expect, it } from 'vitest';
import { findDebianArchive, writeSources } from './apt-sources.ts';

const DEB822 = `Types: deb
# a remark
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/k.gpg

Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/k.gpg
`;

describe('findDebianArchive', () => {
  it('takes the main archive of a deb822 file, not the security one', () => {
    expect(findDebianArchive([DEB822])).toEqual({
      uri: 'http://mirror.example/debian',
      signedBy: '/usr/share/keyrings/k.gpg',
    });
  });

  it('reads the one-line format with and without options', () => {
    expect(
      findDebianArchive(['# deb http://x.example/debian a main\ndeb http://m.example/debian/ bookworm main\n']),
    ).toEqual({
      uri: 'http://m.example/debian/',
      signedBy: null,
    });
    expect(
      findDebianArchive(['deb [arch=amd64 signed-by=/k.gpg] https://m.example/debian trixie main contrib']),
    ).toEqual({
      uri: 'https://m.example/debian',
      signedBy: '/k.gpg',
    });
  });

  it('passes over disabled stanzas and foreign archives', () => {
    expect(
      findDebianArchive([`Enabled: no\n${DEB822.split('\n\n')[1]}`, 'deb http://vendor.example/apt x main']),
    ).toBeNull();
    expect(findDebianArchive([])).toBeNull();
  });
});

describe('writeSources', () => {
  it('names one suite and keeps the keyring', () => {
    expect(writeSources({ uri: 'http://m.example/debian', signedBy: '/k.gpg' }, 'sid')).toBe(
      'Types: deb\nURIs: http://m.example/debian\nSuites: sid\nComponents: main\nSigned-By: /k.gpg\n',
    );
  });
});
