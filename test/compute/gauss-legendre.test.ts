import {expect} from 'chai';
import {gaussLegendre} from '../../src/compute/gauss-legendre.js';

describe('gaussLegendre', () => {
  it('has the nodes and weights of numpy.polynomial.legendre.leggauss (2.4.6), moved to [0, 1]', () => {
    const five = gaussLegendre(5);
    const nodes = [0.04691007703066802, 0.23076534494715845, 0.5, 0.7692346550528415, 0.9530899229693319];
    const weights = [0.11846344252809464, 0.23931433524968315, 0.28444444444444433, 0.23931433524968315, 0.11846344252809464];
    nodes.forEach((v, i) => expect(five.nodes[i]).to.be.closeTo(v, 1e-14));
    weights.forEach((v, i) => expect(five.weights[i]).to.be.closeTo(v, 1e-14));
    const {nodes: many, weights: w} = gaussLegendre(64);
    expect([many[0], many[31]].map((v) => v!.toFixed(13))).to.deep.equal([0.0003474791321139148, 0.48782485366828776].map((v) => v.toFixed(13)));
    expect(w[0]).to.be.closeTo(0.00089164036084707, 1e-14);
    expect(w[31]).to.be.closeTo(0.024345478504569907, 1e-14);
  });

  it('integrates polynomials up to degree 2n − 1 exactly', () => {
    for (const n of [1, 2, 3, 8, 50]) {
      const {nodes, weights} = gaussLegendre(n);
      for (const degree of [0, 1, n, 2 * n - 1]) expect(weights.reduce((sum, w, i) => sum + w * nodes[i]! ** degree, 0), `${n}: ${degree}`).to.be.closeTo(1 / (degree + 1), 1e-13);
      expect(nodes.every((v, i) => v > (nodes[i - 1] ?? 0) && v < 1)).to.equal(true);
    }
  });
});
