import { expect, it } from 'vitest';
import { instanceOf, NO_CLASSIFICATION as UNCLASSIFIED } from '../model/testing/instances.ts';
import { withPlacesOf } from './places.ts';
import { NO_CLASSIFICATION } from './settings.ts';

const OWN = { hostname: 'db7.east.example.com', port: 3306 };
const PATTERN = /^\w+[.](\w+)[.]/;

it('patterns are read anew from the name by which a server goes, which leaves what queries tell', () => {
  const settings = {
    ...NO_CLASSIFICATION,
    dataCenterPattern: PATTERN,
    regionPattern: PATTERN,
    detectRegionQuery: 'select region',
    detectPhysicalEnvironmentQuery: ' ',
  };
  const asked = instanceOf('10.0.0.7:3306', {
    classification: { ...UNCLASSIFIED, region: 'eu', physicalEnvironment: 'old', instanceAlias: 'one' },
  });
  expect(withPlacesOf(asked, OWN, settings)).toEqual({
    ...asked,
    key: OWN,
    classification: { ...asked.classification, dataCenter: 'east', physicalEnvironment: '' },
  });
});
