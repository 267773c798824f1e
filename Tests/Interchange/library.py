"""The part of the library's C interface that the comparisons with other tools need."""

import ctypes
import json

import numpy


class Library:
    def __init__(self, path):
        self.c = ctypes.CDLL(path)
        self.c.eqp_error_message.restype = ctypes.c_char_p
        self.c.eqp_model_describe.restype = ctypes.c_void_p
        self.c.eqp_dataset_column_name.restype = ctypes.c_char_p
        self.c.eqp_dataset_rows.restype = ctypes.c_int64

    def call(self, function, *arguments):
        error = ctypes.c_void_p()
        if getattr(self.c, function)(*arguments, ctypes.byref(error)) != 0:
            raise RuntimeError(self.c.eqp_error_message(error).decode())

    def load(self, path, options=None):
        model = ctypes.c_void_p()
        self.call("eqp_model_load", str(path).encode(), text(options), None, ctypes.byref(model))
        return model

    def save(self, model, path, options=None):
        self.call("eqp_model_save", model, str(path).encode(), text(options), None)

    def describe(self, model):
        found = self.c.eqp_model_describe(model)
        try:
            return json.loads(ctypes.string_at(found))
        finally:
            self.c.eqp_free(ctypes.c_void_p(found))

    def predict(self, model, rows):
        """Scores of rows of numbers, (rows, scores)."""
        rows = numpy.ascontiguousarray(rows, numpy.float32)
        result = numpy.zeros((len(rows), self.describe(model)["scores"]), numpy.float32)
        pointer = ctypes.POINTER(ctypes.c_float)
        self.call("eqp_predict_f32", model, rows.ctypes.data_as(pointer), ctypes.c_size_t(len(rows)),
                  ctypes.c_size_t(rows.shape[1]), result.ctypes.data_as(pointer), ctypes.c_size_t(result.size))
        return result

    def scores(self, model, table):
        """Scores of a table's rows, (rows, scores)."""
        predicted = ctypes.c_void_p()
        self.call("eqp_predict", model, table, None, None, ctypes.byref(predicted))
        rows = self.c.eqp_dataset_rows(predicted)
        names = [self.c.eqp_dataset_column_name(predicted, ctypes.c_int64(place)).decode()
                 for place in range(self.c.eqp_dataset_columns(predicted))]
        columns = []
        for name in names:
            if name.startswith("score") or name.startswith("prob") or name == "prediction":
                values = (ctypes.c_double * rows)()
                self.call("eqp_dataset_column_f64", predicted, name.encode(), values, ctypes.c_size_t(rows))
                columns.append(numpy.array(values))
        return numpy.stack(columns, 1)

    def open(self, path, options=None):
        table = ctypes.c_void_p()
        self.call("eqp_dataset_open", str(path).encode(), text(options), None, ctypes.byref(table))
        return table

    def tune(self, model, table, config, validation=None):
        tuned = ctypes.c_void_p()
        self.call("eqp_finetune", model, table, validation, json.dumps(config).encode(), None, ctypes.byref(tuned), None)
        return tuned


def text(options):
    return None if options is None else json.dumps(options).encode()
