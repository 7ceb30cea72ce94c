import type {WordTable} from './strings.js';

/** Chinese words that `<output-plot>`, the metrics and what runs a model add. */
export const plotZh: WordTable = {
  // metrics
  // history
  // kinds

  // the element and its first kinds
  plotKind: '没有图类 “{kind}”；应为 {kinds} 之一。',
  plotNoPredictions: '该系列没有可画的内容：需要 tensor、predictions 或 history。',
  plotSeries: '应为系列的列表，例如 [{name, predictions, labels}]；得到 {got}。',
  plotSeriesKeys: '系列 “{name}” 没有 tensor、predictions、history 中的任何一项。',
  plotIgnored: '同时设置了 {used} 和 {ignored}；画的是 {used}。要画另一个，请把 {used} 设为 null。',
  plotModelAlone: '已设置模型，但没有可供其运行的输入：请设置 .input 或 input-src。',
  plotKindLabel: '图类',
  kindBars: '条形图',
  kindLine: '折线图',
  kindScatter: '散点图',
  kindResiduals: '残差',
  kindHistogram: '直方图',
  kindHeatmap: '热图',
  kindImage: '图像',
  kindHistory: '训练历史',
  kindConfusion: '混淆矩阵',
  kindRoc: 'ROC 曲线',
  kindPr: '精确率–召回率',
  kindCalibration: '校准',
  plotExampleOf: '{at} / {n}',
  plotPrevious: '上一个样本',
  plotNext: '下一个样本',
  plotScales: '坐标轴刻度',
  scaleX: 'x：{scale}',
  scaleY: 'y：{scale}',
  scaleLinear: '线性',
  scaleLog: '对数',
  scaleSymlog: '对称对数',
  plotSavePng: '图片（PNG）',
  plotSaveSvg: '图片（SVG）',
  plotSaveCsv: '数值（CSV）',
  plotLegend: '系列：点选以隐藏或显示',
  plotExamples: '所选标记背后的样本',
  plotExamplesMore: '另有 {n} 个',
  plotExampleNumber: '样本 {n}',
  plotClear: '清除',
  plotOutput2: '输出',
  plotNoClasses: '无法读取类别名称：{message}',
  plotHighlighted: '突出了 {n} 个样本',
  plotKeys: '方向键沿图移动并在系列间切换，回车选择，加减号缩放，0 显示全部。',
  plotTwin: '{label}：前 {n} 行',
  plotAssumed: '假定输入范围为 {range}',
  plotRange: '输入范围 {range}',
  plotRangeChange: '改为 {range}',
  plotPredicting: '正在运行模型…',
  plotNothing: '还没有可显示的内容：请设置 .predictions 与 .labels、.tensor、.history，或 .model 与 .input。',
  // 分类
};
