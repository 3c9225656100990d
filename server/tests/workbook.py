# Reads a workbook without any code of ours: prints its rows as JSON.
#   python workbook.py FILE

import json
import sys

from openpyxl import load_workbook

sheet = load_workbook(sys.argv[1], read_only=True, data_only=True).worksheets[0]
print(json.dumps([list(row) for row in sheet.iter_rows(values_only=True)], default=str))
