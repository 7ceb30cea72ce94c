import {expect} from 'chai';
import {type Budget, isDue, newBudget, spend} from '../../src/training/budget.js';

/** Steps of 10 ms with what measuring each takes. @returns those that were measured */
function steps(budget: Budget, n: number, price: (measured: number) => number): number[] {
  const measured: number[] = [];
  for (let step = 0; step < n; step++) {
    const due = isDue(budget, step);
    spend(budget, 0.05, due ? price(measured.length) : 0, 10);
    if (due) measured.push(step);
  }
  return measured;
}

describe('budget of a watch', () => {
  it('does not have later steps save up for what the first measured one had to compile', () => {
    const slow = newBudget('auto');
    const cold = steps(slow, 1000, (i) => (i ? 2 : 500));
    const warm = steps(newBudget('auto'), 1000, () => 2);
    expect(cold).to.deep.equal(warm);
    // 3 % of 10 ms, less what each step costs, in portions of 2 ms
    expect(cold.length).to.be.within(120, 130);
    // what it has cost is told all the same
    expect(slow.own).to.be.closeTo(500 + 2 * (cold.length - 1) + 50, 1e-6);
    expect(slow.own - 500).to.be.lessThan(0.035 * slow.trained);
  });

  it('leaves out more where measuring is dear, and keeps to a number that was asked for', () => {
    expect(steps(newBudget('auto'), 1000, () => 20).length).to.be.within(12, 16);
    expect(steps(newBudget(250), 1000, () => 20)).to.deep.equal([0, 250, 500, 750]);
  });
});
