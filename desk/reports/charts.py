"""Native charts for both papers: bars or a line in the office's colour, with Chinese fonts named outright."""

from openpyxl.chart import BarChart, LineChart
from openpyxl.chart.data_source import AxDataSource, NumData, NumDataSource, NumRef, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties, RegularTextRun
from openpyxl.utils import get_column_letter

from desk.reports.blocks import Sheet

BRAND, LINES = "0B5D4E", "D5DCE2"


def blank(sheet: Sheet, *, font: str) -> BarChart | LineChart:
    """A chart of this sheet's kind with everything but its data."""
    chart: BarChart | LineChart = LineChart() if sheet.draw == "line" else BarChart()
    if isinstance(chart, BarChart):
        chart.type, chart.gapWidth = ("bar", 45) if sheet.draw == "bar" else ("col", 80)
        if sheet.draw == "bar":  # the first row on top, the scale below
            chart.x_axis.scaling.orientation, chart.y_axis.crosses = "maxMin", "max"
    small, large = _letters(font, 900), _letters(font, 1200, bold=True)
    chart.title = Title(tx=_rich(sheet.title, large), overlay=False)
    chart.legend, chart.style = None, 2
    chart.y_axis.scaling.min = 0  # a bar that does not begin at nothing lies
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.txPr = chart.y_axis.txPr = RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=small), endParaRPr=small)])
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill=LINES))
    chart.y_axis.number_format, chart.y_axis.title, chart.x_axis.title = "0", None, None
    chart.dataLabels = DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False)
    chart.dataLabels.txPr = RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=small), endParaRPr=small)])
    chart.height, chart.width = max(5.5, 2.2 + 0.62 * sheet.bars) if sheet.draw == "bar" else 7, 15
    return chart


def paint(chart: BarChart | LineChart) -> None:
    for series in chart.series:
        if isinstance(chart, BarChart):
            series.graphicalProperties = GraphicalProperties(solidFill=BRAND)
            series.graphicalProperties.line.noFill = True
            series.invertIfNegative = False
        else:
            series.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=BRAND, w=28575))
            series.marker.symbol, series.marker.size, series.smooth = "circle", 6, False
            series.marker.graphicalProperties = GraphicalProperties(solidFill=BRAND)


def whole(sheet: Sheet, *, font: str, page: str) -> BarChart | LineChart:
    """A chart that carries its data with it, as a document needs; `page` is the page of the workbook embedded beside it."""
    chart, column = blank(sheet, font=font), sheet.chart - 1
    rows = sheet.rows[:sheet.bars]
    last, a, b = len(rows) + 1, get_column_letter(sheet.label + 1), get_column_letter(column + 1)
    labels = ["".join(char for char in str(row[sheet.label]) if char.isprintable()) for row in rows]
    names = StrData(ptCount=len(rows), pt=[StrVal(idx=n, v=label) for n, label in enumerate(labels)])
    values = NumData(formatCode="General", ptCount=len(rows), pt=[NumVal(idx=n, v=str(row[column])) for n, row in enumerate(rows)])
    series = Series(idx=0, order=0)
    series.tx = SeriesLabel(v=sheet.columns[column])
    series.cat = AxDataSource(strRef=StrRef(f=f"'{page}'!${a}$2:${a}${last}", strCache=names))
    series.val = NumDataSource(numRef=NumRef(f=f"'{page}'!${b}$2:${b}${last}", numCache=values))
    chart.series.append(series)
    paint(chart)
    return chart


def _letters(font: str, size: int, *, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=size, b=bold, solidFill="1B2733", latin=Font(typeface=font), ea=Font(typeface=font))


def _rich(words: str, letters: CharacterProperties) -> Text:
    return Text(rich=RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=letters), r=[RegularTextRun(rPr=letters, t=words)])]))
