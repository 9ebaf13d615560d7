import { median, percentile } from '../../../scripts/bench/statistics.ts';

test('a percentile is the smallest value that so many do not exceed', () => {
  const values = [50, 20, 40, 10, 30];

  expect(percentile(values, 50)).toBe(30);
  expect(percentile(values, 80)).toBe(40);
  expect(percentile(values, 81)).toBe(50);
  expect(percentile(values, 99)).toBe(50);
  expect(percentile(values, 1)).toBe(10);
});

test('numbers are put in order as numbers', () => {
  expect(percentile([9, 100, 10], 50)).toBe(10);
  expect(median([9, 100, 10])).toBe(10);
});

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([1, 2, 4, 9])).toBe(3);
});

test('of nothing there is neither', () => {
  expect(percentile([], 50)).toBeNaN();
  expect(median([])).toBeNaN();
});

test('the values stay in the order they were measured in', () => {
  const values = [3, 1, 2];

  median(values);
  percentile(values, 50);

  expect(values).toEqual([3, 1, 2]);
});
